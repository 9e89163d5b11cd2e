import { parseInstant } from '@millrace/core/domain';

/** Filters of the runs list, stored in the address. */
export interface RunsSearch {
  readonly pipeline?: string;
  /** One or more, separated by commas. */
  readonly status?: string;
  readonly trigger?: string;
  readonly text?: string;
  /** ISO-8601 instants. */
  readonly since?: string;
  readonly until?: string;
}

export const readRunsSearch = (search: Record<string, unknown>): RunsSearch => {
  const read: Record<string, string> = {};
  for (const name of ['pipeline', 'status', 'trigger', 'text', 'since', 'until']) {
    const value = search[name];
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') read[name] = String(value);
  }
  return read;
};

/** Common ranges; stored as instants, so that a shared link shows the same. */
export const RANGES = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;
export type Range = keyof typeof RANGES;
export const RANGE_WORDS: Readonly<Record<Range, string>> = {
  '1h': 'last hour',
  '24h': 'last 24 hours',
  '7d': 'last 7 days',
};

/** An instant in the format of a datetime-local input: "2026-01-05T12:00". "" for an invalid one. */
export const inputOf = (instant: string | undefined, zone: 'local' | 'utc'): string => {
  const ms = instant === undefined ? null : parseInstant(instant);
  if (ms === null) return '';
  const shift = zone === 'utc' ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - shift).toISOString().slice(0, 16);
};

/** The reverse; undefined for empty input. */
export const instantOf = (input: string, zone: 'local' | 'utc'): string | undefined => {
  const ms = Date.parse(zone === 'utc' ? `${input}Z` : input);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
};
