/** bytes -> "512 B", "1.4 kB", "3.0 MB" (powers of 1,000). */
export const formatBytes = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} B`;
  const step = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length);
  return `${(bytes / 1_000 ** step).toFixed(1)} ${UNITS[step - 1]}`;
};
const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** 0.974 -> "97 %"; only exactly all is 100 %, only exactly nothing 0 %. */
export const formatShare = (share: number): string => `${share === 1 || share === 0 ? share * 100 : Math.min(99, Math.max(1, Math.round(share * 100)))} %`;

export const formatCount = (count: number): string => count.toLocaleString('en-GB');
