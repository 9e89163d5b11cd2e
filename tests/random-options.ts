/** How many random scenarios a test plays: a slice in `npm test`, N in `npm run random -- --runs N --seed S`. */
export const randomly = (slice: number): { readonly runs: number; readonly seed?: number } => {
  const { RANDOM_RUNS: runs, RANDOM_SEED: seed } = process.env;
  return { runs: runs === undefined ? slice : Number(runs), ...(seed === undefined ? {} : { seed: Number(seed) }) };
};
