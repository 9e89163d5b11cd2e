/* 40 x fibo(10). */
import { chainPipeline } from '../../workers/chain-pipeline.mjs';
import { fibo } from '../../workers/work.mjs';

export default chainPipeline('fibo_40x10', 40, () => fibo(10));
