/** How a strip of runs is drawn: one bar a run, oldest first, its height by the square root of its duration, so that one long run does not flatten the others. */
export interface TimedRun {
  readonly created_at: string;
  readonly started_at: string | null;
  readonly duration_ms: number | null;
}
export interface Bar<R> {
  readonly run: R;
  /** Of the run's duration so far, ms; null: it has not started. */
  readonly durationMs: number | null;
  /** 0..1 of the strip's height. */
  readonly height: number;
}

/** The shortest bar is still seen and can still be pressed. */
const LOWEST = 0.18;

/** `runs`: newest first. `now`: ms since the epoch, for runs that have not ended. */
export const barsOf = <R extends TimedRun>(runs: readonly R[], now: number): readonly Bar<R>[] => {
  const durations = runs.map((run) => run.duration_ms ?? (run.started_at === null ? null : Math.max(0, now - Date.parse(run.started_at))));
  const longest = Math.sqrt(Math.max(1, ...durations.map((ms) => ms ?? 0)));
  return runs.map((run, index) => ({ run, durationMs: durations[index]!, height: Math.max(LOWEST, Math.sqrt(durations[index] ?? 0) / longest) })).reverse();
};
