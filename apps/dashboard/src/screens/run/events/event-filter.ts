import type { Event } from '@millrace/client';

export interface EventFilter {
  readonly stage: string | undefined;
  /** What went wrong only. */
  readonly failures: boolean;
  /** Without what stages say while they run: log lines, metrics, progress, artifacts. */
  readonly brief: boolean;
}

export const isFiltering = ({ stage, failures, brief }: EventFilter): boolean => stage !== undefined || failures || brief;

export const passes = ({ stage, failures, brief }: EventFilter, event: Event): boolean =>
  (stage === undefined || event.stage === stage) &&
  (!failures || event.event === 'failure' || event.event === 'error') &&
  (!brief || (event.event !== 'log' && event.event !== 'metric'));
