/** The zoomed range in the address: `<from>-<to>`, ms since the run was created. Pure. */
import type { Span } from './time-scale.ts';

export const NARROWEST_MS = 5;

/** `whole`: the run so far. Null: the whole run, also for ranges outside of it or too narrow. */
export const rangeOf = (text: string | undefined, whole: Span): Span | null => {
  const found = RANGE.exec(text ?? '');
  if (!found) return null;
  const from = whole.from + Number(found[1]);
  const to = Math.min(whole.from + Number(found[2]), whole.to);
  return to - from < NARROWEST_MS || (from <= whole.from && to >= whole.to) ? null : { from, to };
};

/** `origin`: creation of the run, ms since the epoch. Undefined: the whole run. */
export const textOfRange = (range: Span | null, origin: number): string | undefined =>
  range === null ? undefined : `${Math.floor(range.from - origin)}-${Math.ceil(range.to - origin)}`;

export const isRange = (text: unknown): text is string => typeof text === 'string' && RANGE.test(text);

const RANGE = /^(\d{1,13})-(\d{1,13})$/;
