/** What the page has seen of the queues in the last ten minutes. */
export interface Sample {
  /** ms since the epoch */
  readonly at: number;
  readonly waiting: number;
  readonly active: number;
}

export const KEPT_MS = 10 * 60_000;
/** Reads that come closer together say nothing more, ms. */
const APART_MS = 1_000;

/** The samples with `next` after them; those that are too old are dropped, and those of a clock that was ahead. */
export const withSample = (samples: readonly Sample[], next: Sample): readonly Sample[] => {
  const kept = samples.filter(({ at }) => at > next.at - KEPT_MS && at < next.at);
  const last = kept.at(-1);
  return last !== undefined && next.at - last.at < APART_MS ? [...kept.slice(0, -1), { ...next, at: last.at }] : [...kept, next];
};
