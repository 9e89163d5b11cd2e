import type { RunSummary } from './run.ts';

/** How a run ended that was not cancelled. */
export interface RunResult {
  readonly status: 'succeeded' | 'failed';
  /** From its first stage to its end, ms; 0: no stage began. */
  readonly durationMs: number;
}

export interface PipelineResults {
  /** ms since the epoch; null: no run ever succeeded. */
  readonly lastSuccessAt: number | null;
  /** The last first, at most MOST_RESULTS; pruned runs are among them. */
  readonly results: readonly RunResult[];
}

/** Stored results of a pipeline, at most. */
export const MOST_RESULTS = 100;

/** Statistics of a pipeline's last runs. Times are ms; ratios 0..1; null: no data. */
export interface TrackRecord {
  /** The newest live run. */
  readonly liveRun: RunSummary | null;
  readonly lastRun: RunSummary | null;
  /** Newest first, as many as were asked for. */
  readonly recentRuns: readonly RunSummary[];
  readonly lastSuccessAt: number | null;
  /** Time since the last success. */
  readonly ageMs: number | null;
  /** Interval between the next two ticks of the most frequent schedule that is neither paused nor blocked. */
  readonly expectedEveryMs: number | null;
  /** The last success is older than two expected intervals: one tick may be late, but not two. */
  readonly stale: boolean;
  /** Share of the last results; cancelled runs do not count. */
  readonly successRate: number | null;
  /** Percentiles of the durations of those that succeeded, by nearest rank. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly mean: number | null;
}
