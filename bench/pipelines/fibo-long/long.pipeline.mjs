/* 10 x fibo(33). */
import { chainPipeline } from '../../workers/chain-pipeline.mjs';
import { fibo } from '../../workers/work.mjs';

export default chainPipeline('fibo_10x33', 10, () => fibo(33));
