import { parseInstant } from '@millrace/core/domain';

/** Ranges that are asked for most; they are kept as instants, so that a link shows the same to who gets it. */
export const RANGES = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;
export type Range = keyof typeof RANGES;
export const RANGE_WORDS: Readonly<Record<Range, string>> = { '1h': 'last hour', '24h': 'last 24 hours', '7d': 'last 7 days' };

/** An instant as the browser's date and time input has it: "2026-01-05T12:00". "" for what is no instant. */
export const inputOf = (instant: string | undefined, zone: 'local' | 'utc'): string => {
  const ms = instant === undefined ? null : parseInstant(instant);
  if (ms === null) return '';
  const shift = zone === 'utc' ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - shift).toISOString().slice(0, 16);
};

/** And back; undefined for an empty input. */
export const instantOf = (input: string, zone: 'local' | 'utc'): string | undefined => {
  const ms = Date.parse(zone === 'utc' ? `${input}Z` : input);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
};
