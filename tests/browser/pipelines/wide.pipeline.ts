/** 302 stages in three layers: a split, three hundred in pairs, a join. */
import { type AnyPipelineDefinition, definePipeline } from '@millrace/core/definition';

interface Growing extends AnyPipelineDefinition {
  stage(name: string, options: { dependsOn?: readonly string[]; run: () => unknown }): Growing;
}
const PAIRS = 150;
const run = () => ({ done: true });

let pipeline = (
  definePipeline('wide', {
    description: 'A split, 150 pairs in a row each, a join',
    overlap: 'allow',
  }) as unknown as Growing
).stage('split', {
  run,
});
for (let n = 1; n <= PAIRS; n++) {
  pipeline = pipeline.stage(`read_${n}`, { dependsOn: ['split'], run });
  pipeline = pipeline.stage(`write_${n}`, { dependsOn: [`read_${n}`], run });
}
export default pipeline.stage('join', { dependsOn: Array.from({ length: PAIRS }, (_, n) => `write_${n + 1}`), run });
