import type { StageRun } from './run.ts';

/** Approximate maximum JSON size of one page of stages, bytes: outputs and errors can be large. */
export const STAGE_PAGE_BYTES = 512 * 1024;

/** As many leading stages as fit into a page, but at least one. */
export const fitPage = (stages: readonly StageRun[]): readonly StageRun[] => {
  let bytes = 0;
  const beyond = stages.findIndex((stage, place) => {
    bytes += JSON.stringify(stage).length;
    return place > 0 && bytes > STAGE_PAGE_BYTES;
  });
  return beyond < 0 ? stages : stages.slice(0, beyond);
};
