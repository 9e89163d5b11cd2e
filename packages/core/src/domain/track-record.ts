import type { RunSummary } from './run.ts';

/** Statistics of a pipeline's last runs. Times are ms; ratios 0..1; null: no data. */
export interface TrackRecord {
  /** The newest live run. */
  readonly liveRun: RunSummary | null;
  readonly lastRun: RunSummary | null;
  /** Newest first. */
  readonly recentRuns: readonly RunSummary[];
  readonly lastSuccessAt: number | null;
  /** Time since the last success. */
  readonly ageMs: number | null;
  /** Interval between the next two ticks of the most frequent schedule that is neither paused nor blocked. */
  readonly expectedEveryMs: number | null;
  /** The last success is older than two expected intervals: one tick may be late, but not two. */
  readonly stale: boolean;
  /** Share of the runs that succeeded or failed; cancelled ones do not count. */
  readonly successRate: number | null;
  /** Percentiles of the durations of succeeded runs, by nearest rank. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly mean: number | null;
}
