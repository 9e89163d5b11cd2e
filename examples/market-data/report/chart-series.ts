/** The rows of one series that its charts draw, thinned out to what a screen can show. */
import type { SeriesAnalysis } from '../analyze/analysis.ts';
import { dayNumber } from '../analyze/calendar.ts';
import type { MergedRow } from '../merge/merged-rows.ts';

export interface Point {
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly close: number;
  readonly fast: number | null;
  readonly slow: number | null;
  readonly drawdown: number;
}

const MOST_BUCKETS = 500;

export class ChartSeries {
  readonly analysis: SeriesAnalysis;
  readonly #points: Point[] = [];

  constructor(analysis: SeriesAnalysis) {
    this.analysis = analysis;
  }

  add({
    date,
    close,
    sma_fast,
    sma_slow,
    drawdown,
  }: Pick<MergedRow, 'date' | 'close' | 'sma_fast' | 'sma_slow' | 'drawdown'>): void {
    this.#points.push({ day: dayNumber(date), close, fast: sma_fast, slow: sma_slow, drawdown });
  }

  /**
   * The points; of a long series the lowest and highest close of each of 500 stretches, and both ends, so that no
   * extreme is lost.
   */
  points(): readonly Point[] {
    const all = this.#points;
    if (all.length <= MOST_BUCKETS * 2) return all;
    const kept = new Set([0, all.length - 1]);
    for (let bucket = 0; bucket < MOST_BUCKETS; bucket += 1) {
      const from = Math.floor((bucket * all.length) / MOST_BUCKETS);
      const to = Math.floor(((bucket + 1) * all.length) / MOST_BUCKETS);
      let lowest = from;
      let highest = from;
      for (let index = from; index < to; index += 1) {
        if (closeAt(all, index) < closeAt(all, lowest)) lowest = index;
        if (closeAt(all, index) > closeAt(all, highest)) highest = index;
      }
      kept.add(lowest).add(highest);
    }
    return [...kept].sort((a, b) => a - b).map((index) => all[index] as Point);
  }
}

const closeAt = (points: readonly Point[], index: number): number => (points[index] as Point).close;
