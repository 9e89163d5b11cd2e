/*
 * Task Bench's stencil_1d: a row of tasks a step; each depends on its left neighbour, itself and its right neighbour of
 * the step before.
 */
import { definePipeline } from '@millrace/core/definition';
import { stencil } from '../../workers/stencil.mjs';
import { busyWork } from '../../workers/work.mjs';

const params = { type: 'object', properties: { grain_us: { type: 'integer' } }, required: ['grain_us'] };

export default stencil().reduce(
  (pipeline, { name, dependsOn }) =>
    pipeline.stage(name, {
      dependsOn,
      run: async (ctx) => {
        busyWork(ctx.params.grain_us / 1_000);
        return {};
      },
    }),
  definePipeline('stencil', { overlap: 'allow', params }),
);
