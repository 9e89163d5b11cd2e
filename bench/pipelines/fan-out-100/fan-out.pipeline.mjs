/* One stage, a hundred beside each other, and one that joins them; none does anything. */
import { fanOutPipeline } from '../../workers/fan-out-pipeline.mjs';

export default fanOutPipeline('fan_out_100', 100);
