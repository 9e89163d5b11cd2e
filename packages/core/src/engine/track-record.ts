import { LIVE_STATES, type PipelineName, type RunSummary, type TrackRecord } from '../domain/index.ts';
import type { Readings, Schedule } from '../ports/index.ts';
import { nextTicks } from './due-ticks.ts';

const LAST_RUNS = 100;
/** Of them, those that are shown one by one. */
const RECENT_RUNS = 30;

export const trackRecord = async (store: Pick<Readings, 'runs'>, pipeline: PipelineName, schedules: readonly Schedule[], now: number): Promise<TrackRecord> => {
  const [last, live] = await Promise.all([
    store.runs({ pipeline, limit: LAST_RUNS, cursor: null }),
    store.runs({ pipeline, status: LIVE_STATES, limit: 1, cursor: null }),
  ]);
  return trackRecordOf(last.items, live.items[0] ?? null, schedules, now);
};

/** `runs`: newest first. `liveRun` may be older than all of them. */
export const trackRecordOf = (runs: readonly RunSummary[], liveRun: RunSummary | null, schedules: readonly Schedule[], now: number): TrackRecord => {
  const succeeded = runs.filter((run) => run.status === 'succeeded');
  const failed = runs.filter((run) => run.status === 'failed');
  const durations = succeeded.map((run) => run.durationMs ?? 0).sort((a, b) => a - b);
  const successes = succeeded.map((run) => run.finishedAt ?? 0);
  const lastSuccessAt = successes.length === 0 ? null : Math.max(...successes);
  const ageMs = lastSuccessAt === null ? null : Math.max(0, now - lastSuccessAt);
  const expectedEveryMs = expectedInterval(schedules, now);
  return {
    liveRun,
    lastRun: runs[0] ?? null,
    recentRuns: runs.slice(0, RECENT_RUNS),
    lastSuccessAt,
    ageMs,
    expectedEveryMs,
    stale: ageMs !== null && expectedEveryMs !== null && ageMs > 2 * expectedEveryMs,
    successRate: succeeded.length + failed.length === 0 ? null : succeeded.length / (succeeded.length + failed.length),
    p50: nearestRank(durations, 0.5),
    p95: nearestRank(durations, 0.95),
    mean: durations.length === 0 ? null : Math.round(durations.reduce((sum, duration) => sum + duration, 0) / durations.length),
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

/** The smallest value that at least `share` of the sorted values do not exceed: https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method */
const nearestRank = (sorted: readonly number[], share: number): number | null => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
