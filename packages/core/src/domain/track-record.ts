import type { RunSummary } from './run.ts';

/** How the last runs of a pipeline went. Times are ms; ratios 0..1; null: nothing to tell it from. */
export interface TrackRecord {
  /** The newest run that is not over. */
  readonly liveRun: RunSummary | null;
  readonly lastRun: RunSummary | null;
  /** Newest first. */
  readonly recentRuns: readonly RunSummary[];
  readonly lastSuccessAt: number | null;
  /** Since the last success. */
  readonly ageMs: number | null;
  /** Between the next two ticks of the most frequent schedule that is neither paused nor blocked. */
  readonly expectedEveryMs: number | null;
  /** The last success is older than two expected intervals: one tick may be late, two are not. */
  readonly stale: boolean;
  /** Of the runs that succeeded or failed; cancelled ones say nothing about the pipeline. */
  readonly successRate: number | null;
  /** Of succeeded runs' durations, by nearest rank. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly mean: number | null;
}
