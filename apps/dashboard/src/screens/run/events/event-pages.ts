/** The event log by seq: seqs are dense, so any part of it costs one page. */
import type { Event } from '@millrace/client';
import { Versioned } from '../../../live/versioned.ts';

/** Page size; most pages cached: the least recently requested are evicted. */
export const PAGE = 200;
const KEPT = 40;

/** Returns the events after a seq, in order. */
export type LoadEvents = (afterSeq: number, limit: number) => Promise<readonly Event[]>;

export class EventPages extends Versioned {
  readonly #load: LoadEvents;
  readonly #pages = new Map<number, (Event | undefined)[]>();
  readonly #loading = new Set<number>();
  #error: unknown = null;
  #firstKept = 1;

  constructor(load: LoadEvents) {
    super();
    this.#load = load;
  }

  /** Why the last page failed; null: it loaded. */
  get error(): unknown {
    return this.#error;
  }
  /** Earlier events have been deleted. */
  get firstKept(): number {
    return this.#firstKept;
  }

  get(seq: number): Event | undefined {
    return this.#pages.get(pageOf(seq))?.[placeOf(seq)];
  }

  /** Loads the events `from`..`to` unless loaded or in flight. */
  want(from: number, to: number): void {
    for (let page = pageOf(Math.max(from, 1)); page <= pageOf(to); page++) {
      const first = Math.max(from, page * PAGE + 1);
      const last = Math.min(to, (page + 1) * PAGE);
      if (this.#loading.has(page) || this.#has(first, last)) continue;
      void this.#fetch(page);
    }
  }

  /** Adds live events. */
  take(events: readonly Event[]): void {
    for (const event of events) this.#page(pageOf(event.seq))[placeOf(event.seq)] = event;
    this.#forget();
    this.tell();
  }

  /** After an error, requests what is needed again. */
  retry(): void {
    this.#error = null;
    this.tell();
  }

  #has(first: number, last: number): boolean {
    for (let seq = Math.max(first, this.#firstKept); seq <= last; seq++) if (this.get(seq) === undefined) return false;
    return true;
  }

  async #fetch(page: number): Promise<void> {
    if (this.#error !== null) return;
    this.#loading.add(page);
    try {
      const events = await this.#load(page * PAGE, PAGE);
      const first = events[0]?.seq ?? (page + 1) * PAGE + 1;
      if (first > page * PAGE + 1) this.#firstKept = Math.max(this.#firstKept, first);
      this.#loading.delete(page);
      this.take(events.filter(({ seq }) => pageOf(seq) === page));
    } catch (error) {
      this.#loading.delete(page);
      this.#error = error;
      this.tell();
    }
  }

  /** The page, marked as most recently used. */
  #page(page: number): (Event | undefined)[] {
    const found = this.#pages.get(page) ?? [];
    this.#pages.delete(page);
    this.#pages.set(page, found);
    return found;
  }

  #forget(): void {
    for (const page of this.#pages.keys()) {
      if (this.#pages.size <= KEPT) return;
      this.#pages.delete(page);
    }
  }
}

const pageOf = (seq: number): number => Math.floor((seq - 1) / PAGE);
const placeOf = (seq: number): number => (seq - 1) % PAGE;
