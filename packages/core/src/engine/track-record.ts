import {
  isTerminalRun,
  LIVE_STATES,
  type PipelineName,
  type PipelineResults,
  type RunSummary,
  type TrackRecord,
} from '../domain/index.ts';
import type { Readings, Schedule } from '../ports/index.ts';
import { nextTicks } from './due-ticks.ts';

/** Runs that a record shows individually, at most. */
export const RECENT_RUNS = 30;

export interface TrackRecords {
  /** Of all pipelines. */
  readonly schedules: readonly Schedule[];
  readonly now: number;
  /** How many of the last runs each record shows, at most RECENT_RUNS. */
  readonly recent: number;
}

/** In the order of the names. Rates and durations come from the stored results: no run is read that is not shown. */
export const trackRecords = async (
  store: Pick<Readings, 'runs' | 'results'>,
  pipelines: readonly PipelineName[],
  { schedules, now, recent }: TrackRecords,
): Promise<readonly TrackRecord[]> => {
  const [results, runs] = await Promise.all([
    store.results(pipelines),
    Promise.all(pipelines.map((pipeline) => newestRuns(store, pipeline, Math.max(1, recent)))),
  ]);
  return pipelines.map((pipeline, at) =>
    trackRecordOf({
      ...runs[at]!,
      ...results[at]!,
      recent,
      schedules: schedules.filter((schedule) => schedule.pipeline === pipeline),
      now,
    }),
  );
};

/** The newest live run may be older than all of the newest. */
const newestRuns = async (store: Pick<Readings, 'runs'>, pipeline: PipelineName, limit: number) => {
  const { items, nextCursor } = await store.runs({ pipeline, limit, cursor: null });
  const live = items.find(({ status }) => !isTerminalRun(status));
  if (live !== undefined || nextCursor === null) return { runs: items, liveRun: live ?? null };
  const older = await store.runs({ pipeline, status: LIVE_STATES, limit: 1, cursor: null });
  return { runs: items, liveRun: older.items[0] ?? null };
};

interface Facts extends PipelineResults {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  readonly liveRun: RunSummary | null;
  readonly recent: number;
  /** Of this pipeline. */
  readonly schedules: readonly Schedule[];
  readonly now: number;
}

export const trackRecordOf = ({
  runs,
  liveRun,
  recent,
  results,
  lastSuccessAt,
  schedules,
  now,
}: Facts): TrackRecord => {
  const succeeded = results.filter(({ status }) => status === 'succeeded');
  const durations = succeeded.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const ageMs = lastSuccessAt === null ? null : Math.max(0, now - lastSuccessAt);
  const expectedEveryMs = expectedInterval(schedules, now);
  return {
    liveRun,
    lastRun: runs[0] ?? null,
    recentRuns: runs.slice(0, recent),
    lastSuccessAt,
    ageMs,
    expectedEveryMs,
    stale: ageMs !== null && expectedEveryMs !== null && ageMs > 2 * expectedEveryMs,
    successRate: results.length === 0 ? null : succeeded.length / results.length,
    p50: nearestRank(durations, 0.5),
    p95: nearestRank(durations, 0.95),
    mean:
      durations.length === 0
        ? null
        : Math.round(durations.reduce((sum, duration) => sum + duration, 0) / durations.length),
  };
};

const expectedInterval = (schedules: readonly Schedule[], now: number): number | null => {
  const intervals = schedules
    .filter((schedule) => !schedule.paused && !schedule.blocked)
    .flatMap((schedule) => {
      const [first, second] = nextTicks(schedule, now, 2);
      return first === undefined || second === undefined ? [] : [second - first];
    });
  return intervals.length === 0 ? null : Math.min(...intervals);
};

/**
 * The smallest value that at least `share` of the sorted values do not exceed:
 * https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
 */
const nearestRank = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
