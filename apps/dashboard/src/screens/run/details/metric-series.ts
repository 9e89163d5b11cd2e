import type { Event } from '@millrace/client';

export interface MetricSeries {
  readonly stage: string;
  readonly name: string;
  readonly unit: string;
  /** s since the epoch; ascending. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** Points kept per series: the newest. */
const POINTS = 5_000;

/** `stage.metric` events by stage and name, in order of first appearance. */
export const toSeries = (events: readonly Event[]): readonly MetricSeries[] => {
  const found = new Map<string, { stage: string; name: string; unit: string; times: number[]; values: number[] }>();
  for (const { stage, timestamp, data } of events) {
    const { name, value, unit } = data;
    if (typeof name !== 'string' || typeof value !== 'number') continue;
    const key = JSON.stringify([stage, name]);
    const series = found.get(key) ?? { stage, name, unit: '', times: [], values: [] };
    found.set(key, series);
    series.times.push(Date.parse(timestamp) / 1_000);
    series.values.push(value);
    if (typeof unit === 'string') series.unit = unit;
  }
  return [...found.values()].map((series) => ({
    ...series,
    times: series.times.slice(-POINTS),
    values: series.values.slice(-POINTS),
  }));
};

/** 1234567.891 -> "1,234,567.9"; small numbers keep their significant digits. */
export const formatValue = (value: number): string =>
  Math.abs(value) >= 1e15
    ? value.toExponential(3)
    : value.toLocaleString(
        'en-GB',
        Math.abs(value) >= 100 ? { maximumFractionDigits: 1 } : { maximumSignificantDigits: 4 },
      );

/** The series in the unit square (y upwards), at most two points per column: minimum and maximum, in order. */
export const columnsOf = (
  times: readonly number[],
  values: readonly number[],
  columns: number,
): readonly { readonly x: number; readonly y: number }[] => {
  const from = times[0] ?? 0;
  const span = (times.at(-1) ?? 0) - from;
  const least = values.reduce((low, value) => Math.min(low, value), Infinity);
  const height = values.reduce((high, value) => Math.max(high, value), -Infinity) - least;
  const place = (at: number): number =>
    span === 0 ? (values.length < 2 ? 0.5 : at / (values.length - 1)) : (times[at]! - from) / span;
  const found = new Map<number, { low: number; high: number }>();
  for (let at = 0; at < values.length; at++) {
    const column = Math.round(place(at) * (columns - 1));
    const { low, high } = found.get(column) ?? { low: at, high: at };
    found.set(column, { low: values[at]! < values[low]! ? at : low, high: values[at]! > values[high]! ? at : high });
  }
  return [...found.values()]
    .flatMap(({ low, high }) => (low === high ? [low] : [Math.min(low, high), Math.max(low, high)]))
    .map((at) => ({ x: place(at), y: height === 0 ? 0.5 : (values[at]! - least) / height }));
};
