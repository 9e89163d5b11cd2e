import { z } from 'zod';

/** An instant on the wire: ISO-8601, UTC, to the millisecond. */
export const wireInstant = z.iso.datetime({ precision: 3 });

/** ms since the epoch -> "2026-01-05T12:15:30.123Z". */
export const toInstant = (ms: number): string => {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
};
/** One answer names the same instant several times. */
let last = { ms: 0, text: new Date(0).toISOString() };
export const toInstantOrNull = (ms: number | null): string | null => (ms === null ? null : toInstant(ms));
