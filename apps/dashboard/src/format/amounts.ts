/** Amounts in words: bytes, shares, counts and durations. */

/** bytes -> "512 B", "1.4 kB", "3.0 MB" (powers of 1,000). */
export const formatBytes = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} B`;
  const step = Math.min(Math.floor(Math.log10(bytes) / 3), BYTE_UNITS.length);
  return `${(bytes / 1_000 ** step).toFixed(1)} ${BYTE_UNITS[step - 1]}`;
};
const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** 0.974 -> "97 %"; only exactly all is 100 %, only exactly nothing 0 %. */
export const formatShare = (share: number): string =>
  `${share === 1 || share === 0 ? share * 100 : Math.min(99, Math.max(1, Math.round(share * 100)))} %`;

export const formatCount = (count: number): string => count.toLocaleString('en-GB');

/**
 * ms -> "840 ms", "12.4 s", "3 m 05 s", "2 h 07 m", "3 d 4 h": always two steps of precision, so that numbers do not
 * jump in width.
 */
export const formatDuration = (ms: number): string => {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
  return `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`;
};

const two = (count: number): string => String(count).padStart(2, '0');

/** A configured duration, exactly and without zero parts: "250 ms", "90 s" as "1 m 30 s", "5 m", "1 d". */
export const formatSetting = (ms: number): string => {
  const parts = TIME_UNITS.map(
    ([unit, size], index) => [Math.floor((index === 0 ? ms : ms % TIME_UNITS[index - 1]![1]) / size), unit] as const,
  );
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count} ${unit}`)
      .join(' ') || '0 s'
  );
};
const TIME_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;
