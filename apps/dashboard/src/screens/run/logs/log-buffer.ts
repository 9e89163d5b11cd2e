/** The lines of one attempt, kept outside of React state: there may be 100,000. */
import type { Event, LogLine } from '@millrace/client';
import { Versioned } from '../../../live/versioned.ts';
import type { ChosenAttempt } from './choose-attempt.ts';
import { PLAIN, type Sgr, stateAfter, toPlainText } from './ansi.ts';

export type Stream = LogLine['stream'];
export interface ShownLine {
  readonly raw: string;
  readonly seq: number;
  /** Index within its event: with `seq`, a permanent name of the line. */
  readonly index: number;
  readonly stream: Stream;
  /** ms since the epoch. */
  readonly at: number;
  /** Terminal state after the previous lines. */
  readonly before: Sgr;
}
/** A line to append. */
export interface NewLine {
  readonly seq: number;
  readonly stream: Stream;
  readonly line: string;
  readonly at: number;
}

const TELL_MS = 100;

export class LogBuffer extends Versioned {
  readonly #raw: string[] = [];
  readonly #seq: number[] = [];
  readonly #index: number[] = [];
  readonly #stream: Stream[] = [];
  readonly #at: number[] = [];
  /** Only for lines that do not start plain. */
  readonly #before = new Map<number, Sgr>();
  #state: Record<Stream, Sgr> = { stdout: PLAIN, stderr: PLAIN, log: PLAIN };

  get count(): number {
    return this.#raw.length;
  }
  /** Seq of the last line; 0 without any. */
  get lastSeq(): number {
    return this.#seq.at(-1) ?? 0;
  }

  /** Appends lines in order. An event's lines may come in parts. */
  append(lines: readonly NewLine[]): void {
    for (const { seq, stream, line, at } of lines) {
      // A carriage return means that the next line replaces this one.
      if (this.#raw.at(-1)?.endsWith('\r') && this.#stream.at(-1) === stream) {
        this.#rewriteLast(seq, line, at);
        continue;
      }
      const before = this.#state[stream];
      if (before !== PLAIN) this.#before.set(this.#raw.length, before);
      this.#state[stream] = stateAfter(line, before);
      this.#index.push(seq === this.#seq.at(-1) ? this.#index.at(-1)! + 1 : 0);
      this.#raw.push(line);
      this.#seq.push(seq);
      this.#stream.push(stream);
      this.#at.push(at);
    }
    if (lines.length > 0) this.#changed();
  }
  #rewriteLast(seq: number, line: string, at: number): void {
    const last = this.#raw.length - 1;
    const stream = this.#stream[last]!;
    this.#state[stream] = stateAfter(line, this.#before.get(last) ?? PLAIN);
    if (seq !== this.#seq[last]) this.#index[last] = 0;
    this.#raw[last] = line;
    this.#seq[last] = seq;
    this.#at[last] = at;
  }
  /** Appends lines of whole events; skips known events, so that history and live events may overlap. */
  appendNew(lines: readonly NewLine[]): void {
    const known = this.lastSeq;
    this.append(lines.filter(({ seq }) => seq > known));
  }

  clear(): void {
    for (const column of [this.#raw, this.#seq, this.#index, this.#stream, this.#at]) column.length = 0;
    this.#before.clear();
    this.#state = { stdout: PLAIN, stderr: PLAIN, log: PLAIN };
    this.#changed();
  }

  at(position: number): ShownLine {
    return {
      raw: this.#raw[position]!,
      seq: this.#seq[position]!,
      index: this.#index[position]!,
      stream: this.#stream[position]!,
      at: this.#at[position]!,
      before: this.#before.get(position) ?? PLAIN,
    };
  }
  plainText(position: number): string {
    return toPlainText(this.#raw[position]!);
  }

  /** Position of the line `<seq>-<index>`; null if not loaded. */
  positionOf(name: string): number | null {
    const [seq, index = 0] = name.split('-').map(Number);
    if (seq === undefined || Number.isNaN(seq)) return null;
    let low = 0;
    let high = this.#seq.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#seq[middle]! < seq) low = middle + 1;
      else high = middle;
    }
    const position = low + index;
    return this.#seq[position] === seq ? position : null;
  }

  /** Notifies at most ten times a second: redrawing every batch of a long log would keep the page busy. */
  #changed(): void {
    if (this.#telling) return;
    this.#telling = true;
    setTimeout(() => {
      this.#telling = false;
      this.tell();
    }, TELL_MS);
  }
  #telling = false;
}

/** Lines of one attempt in a batch of events. */
export const linesOf = (events: readonly Event[], { stage, generation, attempt }: ChosenAttempt): readonly NewLine[] =>
  events.flatMap((event) =>
    event.type === 'stage.log' &&
    event.stage === stage &&
    event.generation === generation &&
    event.attempt === attempt &&
    Array.isArray(event.data['lines'])
      ? (event.data['lines'] as { s: keyof typeof STREAMS; t: string }[]).map(({ s, t }) => ({
          seq: event.seq,
          stream: STREAMS[s],
          line: t,
          at: Date.parse(event.timestamp),
        }))
      : [],
  );
const STREAMS = { out: 'stdout', err: 'stderr', log: 'log' } as const;
