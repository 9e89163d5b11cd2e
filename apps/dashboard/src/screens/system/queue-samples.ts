/** Samples of the queues over the last ten minutes. */
export interface Sample {
  /** ms since the epoch */
  readonly at: number;
  readonly waiting: number;
  readonly active: number;
}

export const KEPT_MS = 10 * 60_000;
/** Samples closer together than this are merged, ms. */
const APART_MS = 1_000;

/** Appends `next` to the samples; drops those that are too old or lie in the future. */
export const withSample = (samples: readonly Sample[], next: Sample): readonly Sample[] => {
  const kept = samples.filter(({ at }) => at > next.at - KEPT_MS && at < next.at);
  const last = kept.at(-1);
  return last !== undefined && next.at - last.at < APART_MS
    ? [...kept.slice(0, -1), { ...next, at: last.at }]
    : [...kept, next];
};
