/* One stage, 256 beside each other, and one that joins them; none does anything. */
import { fanOutPipeline } from '../../workers/fan-out-pipeline.mjs';

export default fanOutPipeline('fan_out_256', 256);
