/* 100 stages in a row that do nothing. */
import { chainPipeline } from '../../workers/chain-pipeline.mjs';

export default chainPipeline('chain_100', 100, () => {});
