/**
 * Layout of a strip of runs: one bar per run, oldest first, with heights by the square root of the duration, so that
 * one long run does not flatten the others.
 */
interface TimedRun {
  readonly created_at: string;
  readonly started_at: string | null;
  readonly duration_ms: number | null;
}
export interface Bar<R> {
  readonly run: R;
  /** Duration of the run so far, ms; null: not started. */
  readonly durationMs: number | null;
  /** Share of the strip's height, 0..1. */
  readonly height: number;
}

/** Minimum height, so that the shortest bar can be seen and clicked. */
const LOWEST = 0.18;

/** `runs`: newest first. `now`: ms since the epoch, for runs still live. */
export const barsOf = <R extends TimedRun>(runs: readonly R[], now: number): readonly Bar<R>[] => {
  const durations = runs.map(
    (run) => run.duration_ms ?? (run.started_at === null ? null : Math.max(0, now - Date.parse(run.started_at))),
  );
  const longest = Math.sqrt(Math.max(1, ...durations.map((ms) => ms ?? 0)));
  return runs
    .map((run, index) => ({
      run,
      durationMs: durations[index]!,
      height: Math.max(LOWEST, Math.sqrt(durations[index] ?? 0) / longest),
    }))
    .reverse();
};
