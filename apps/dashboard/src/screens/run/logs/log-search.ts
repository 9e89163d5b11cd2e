/**
 * Finds the lines that contain a text, in time slices that keep the page responsive, and continues as lines are added.
 */
import type { LogBuffer } from './log-buffer.ts';

/** Time per slice, ms; lines between checks of the clock. */
const SLICE_MS = 8;
const STRIDE = 200;

export class LogSearch {
  readonly #lines: Pick<LogBuffer, 'count' | 'plainText'>;
  readonly #needle: string;
  readonly #hits: number[] = [];
  #looked = 0;

  /** Case-insensitive. */
  constructor(lines: Pick<LogBuffer, 'count' | 'plainText'>, text: string) {
    this.#lines = lines;
    this.#needle = text.toLowerCase();
  }

  /** Line positions, ascending. */
  get hits(): readonly number[] {
    return this.#hits;
  }
  get finished(): boolean {
    return this.#looked >= this.#lines.count;
  }

  /** Runs one slice. `now`: ms, any origin. */
  advance(now: () => number): void {
    const until = now() + SLICE_MS;
    while (!this.finished && now() < until) {
      const end = Math.min(this.#looked + STRIDE, this.#lines.count);
      for (; this.#looked < end; this.#looked++)
        if (this.#lines.plainText(this.#looked).toLowerCase().includes(this.#needle)) this.#hits.push(this.#looked);
    }
  }

  /** Index of the first match at or after a line, wrapping around. -1 without matches. */
  placeFrom(position: number): number {
    if (this.#hits.length === 0) return -1;
    let low = 0;
    let high = this.#hits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#hits[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low === this.#hits.length ? 0 : low;
  }
}

/** Splits the text into pieces, matches marked. */
export const splitByHit = (
  text: string,
  needle: string,
): readonly { readonly text: string; readonly hit: boolean }[] => {
  if (needle === '') return [{ text, hit: false }];
  const lower = text.toLowerCase();
  // Some letters change length with case: positions would be off.
  if (lower.length !== text.length) return [{ text, hit: lower.includes(needle.toLowerCase()) }];
  const wanted = needle.toLowerCase();
  const pieces: { text: string; hit: boolean }[] = [];
  let start = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, start)) {
    if (at > start) pieces.push({ text: text.slice(start, at), hit: false });
    start = at + wanted.length;
    pieces.push({ text: text.slice(at, start), hit: true });
  }
  if (start < text.length) pieces.push({ text: text.slice(start), hit: false });
  return pieces;
};
