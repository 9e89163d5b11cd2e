/**
 * How many random scenarios a test plays, and which: `npm test` plays the same slice each time, so that a change is
 * judged by what it changed; `npm run random -- --runs N [--seed S]` plays new ones.
 */
export const randomly = (slice: number): { readonly runs: number; readonly seed?: number } => {
  const { RANDOM_RUNS: runs, RANDOM_SEED: seed } = process.env;
  if (runs === undefined) return { runs: slice, seed: Number(seed ?? 1) };
  return { runs: Number(runs), ...(seed === undefined ? {} : { seed: Number(seed) }) };
};
