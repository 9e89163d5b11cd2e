/* Chains of s0, s1, …, each stage doing the same work between two marks. */
import { definePipeline } from '@millrace/core/definition';
import { mark } from './marks.mjs';
import { chainNames } from './work.mjs';

export const chainPipeline = (name, length, work) =>
  chainNames(length).reduce(
    (pipeline, stage, place, names) =>
      pipeline.stage(stage, { dependsOn: names.slice(Math.max(0, place - 1), place), run: body(stage, work) }),
    definePipeline(name, { overlap: 'allow' }),
  );

const body = (stage, work) => async (ctx) => {
  mark(ctx.runId, stage);
  work();
  mark(ctx.runId, `${stage} end`);
  return {};
};
