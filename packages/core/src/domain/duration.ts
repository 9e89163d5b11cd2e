const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy;

/** A duration as written by users: "90s", "2h30m", "250ms", or a number of ms. */
export type Duration = number | string;

/** The duration in ms, or null when the text is not one. Negative and non-finite numbers are invalid. */
export const parseDuration = (value: Duration): number | null => {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
  let total = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(value); part; part = PART.exec(value)) {
    total += Number(part[1]) * UNITS[part[2] as keyof typeof UNITS];
    end = PART.lastIndex;
  }
  return end > 0 && end === value.length ? Math.round(total) : null;
};

/** "1h 5m", "12.3s", "45ms". Rounds down, so that no part ever reads 60. */
export const formatDuration = (ms: number): string => {
  if (ms < 1_000) return `${Math.floor(ms)}ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}m ${Math.floor((ms % 60_000) / 1_000)}s`;
  return `${Math.floor(ms / 3_600_000)}h ${Math.floor((ms % 3_600_000) / 60_000)}m`;
};
