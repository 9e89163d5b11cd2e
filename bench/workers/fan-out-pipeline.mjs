/* `a`, so many `part_…` beside each other, and `join`; none does anything. */
import { definePipeline } from '@millrace/core/definition';
import { mark } from './marks.mjs';

const body = (stage) => async (ctx) => {
  mark(ctx.runId, stage);
  return {};
};

export const fanOutPipeline = (name, width) => {
  const parts = Array.from({ length: width }, (_, n) => `part_${n}`);
  return parts
    .reduce(
      (pipeline, part) => pipeline.stage(part, { dependsOn: ['a'], run: body(part) }),
      definePipeline(name, { overlap: 'allow' }).stage('a', { run: body('a') }),
    )
    .stage('join', { dependsOn: parts, run: body('join') });
};
