/** A request to start a run like another one. */
import type { StartRequest } from '@millrace/client';
import type { Run } from '@millrace/core/domain';

type Given = Pick<Run, 'params' | 'mode' | 'labels' | 'stages'>;

/** `stagesInAll`: stages of the pipeline; null: unknown. A partial run names its stages. */
export const requestOf = ({ params, mode, labels, stages }: Given, stagesInAll: number | null): StartRequest => ({
  ...(Object.keys(params).length === 0 ? {} : { params }),
  ...(mode === null ? {} : { mode }),
  ...(Object.keys(labels).length === 0 ? {} : { labels }),
  ...(stagesInAll === null || stages.length >= stagesInAll
    ? {}
    : { stages: stages.map(({ stage }) => stage as string) }),
});
