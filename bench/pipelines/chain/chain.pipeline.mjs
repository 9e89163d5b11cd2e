/* Three stages in a row that do nothing. */
import { definePipeline } from '@millrace/core/definition';
import { mark } from '../../workers/marks.mjs';

const body = (stage) => async (ctx) => {
  mark(ctx.runId, stage);
  return {};
};

export default definePipeline('chain', { overlap: 'allow' })
  .stage('a', { run: body('a') })
  .stage('b', { dependsOn: ['a'], run: body('b') })
  .stage('c', { dependsOn: ['b'], run: body('c') });
