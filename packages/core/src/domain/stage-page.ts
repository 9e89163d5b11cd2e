import type { StageRun } from './run.ts';

/** JSON of the stages of one page, roughly: outputs and errors can be large. */
export const STAGE_PAGE_BYTES = 512 * 1024;

/** As many of the stages, in order, as fit into a page; the first always does. */
export const fitPage = (stages: readonly StageRun[]): readonly StageRun[] => {
  let bytes = 0;
  const beyond = stages.findIndex((stage, place) => {
    bytes += JSON.stringify(stage).length;
    return place > 0 && bytes > STAGE_PAGE_BYTES;
  });
  return beyond < 0 ? stages : stages.slice(0, beyond);
};
