/* One stage, a hundred beside each other, and one that joins them; none does anything. */
import { definePipeline } from '@millrace/core/definition';

const WIDTH = 100;
const parts = Array.from({ length: WIDTH }, (_, n) => `part_${n}`);

export default parts
  .reduce(
    (pipeline, name) => pipeline.stage(name, { dependsOn: ['a'], run: () => ({}) }),
    definePipeline('join', { overlap: 'allow' }).stage('a', { run: () => ({}) }),
  )
  .stage('join', { dependsOn: parts, run: () => ({}) });
