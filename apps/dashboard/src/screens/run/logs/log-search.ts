/** Which lines contain a text, found in slices so that the page stays alive, and going on as lines are added. */
import type { LogLines } from './log-lines.ts';

/** Time that one slice may take, ms; lines between two looks at the clock. */
const SLICE_MS = 8;
const STRIDE = 200;

export class LogSearch {
  readonly #lines: Pick<LogLines, 'count' | 'plainText'>;
  readonly #needle: string;
  readonly #hits: number[] = [];
  #looked = 0;

  /** Case does not count. */
  constructor(lines: Pick<LogLines, 'count' | 'plainText'>, text: string) {
    this.#lines = lines;
    this.#needle = text.toLowerCase();
  }

  /** Positions of lines, rising. */
  get hits(): readonly number[] {
    return this.#hits;
  }
  get finished(): boolean {
    return this.#looked >= this.#lines.count;
  }

  /** Looks on for one slice. `now`: ms, of any origin. */
  advance(now: () => number): void {
    const until = now() + SLICE_MS;
    while (!this.finished && now() < until) {
      const end = Math.min(this.#looked + STRIDE, this.#lines.count);
      for (; this.#looked < end; this.#looked++) if (this.#lines.plainText(this.#looked).toLowerCase().includes(this.#needle)) this.#hits.push(this.#looked);
    }
  }

  /** The place among the hits of the first one at or after a line; the first again after the last. -1 without hits. */
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

/** The text in pieces, those that match marked. */
export const splitByHit = (text: string, needle: string): readonly { readonly text: string; readonly hit: boolean }[] => {
  if (needle === '') return [{ text, hit: false }];
  const lower = text.toLowerCase();
  // Some letters change their length with their case: positions would not fit.
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
