import type { Event } from '@millrace/client';

export interface MetricSeries {
  readonly stage: string;
  readonly name: string;
  readonly unit: string;
  /** s since the epoch; rising. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** Points that a series keeps: the newest. */
const POINTS = 5_000;

/** `stage.metric` events by stage and name, in the order in which each was first reported. */
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
  return [...found.values()].map((series) => ({ ...series, times: series.times.slice(-POINTS), values: series.values.slice(-POINTS) }));
};

/** 1234567.891 -> "1,234,567.9"; small numbers keep what makes them differ. */
export const formatValue = (value: number): string =>
  Math.abs(value) >= 1e15
    ? value.toExponential(3)
    : value.toLocaleString('en-GB', Math.abs(value) >= 100 ? { maximumFractionDigits: 1 } : { maximumSignificantDigits: 4 });
