/** Finds the events of a log that are wanted, page by page from its beginning, and goes on as events arrive. */
import type { Event, Page } from '@millrace/client';
import { Versioned } from '../../../live/versioned.ts';

/** Answers the wanted events after a seq. `next_cursor`: the last seq it looked at; null: it looked to the end. */
export type FindEvents = (afterSeq: number) => Promise<Page<Event>>;

export class EventScan extends Versioned {
  readonly #find: FindEvents;
  readonly #wants: (event: Event) => boolean;
  readonly #found: Event[] = [];
  #looked: number;
  #error: unknown = null;
  #going = false;
  #paused = false;

  /** `after`: the seq after which it begins. */
  constructor(find: FindEvents, wants: (event: Event) => boolean, after = 0) {
    super();
    this.#find = find;
    this.#wants = wants;
    this.#looked = after;
  }

  /** In order; the same array, growing. */
  get found(): readonly Event[] {
    return this.#found;
  }
  /** The last seq that was looked at. */
  get looked(): number {
    return this.#looked;
  }
  get error(): unknown {
    return this.#error;
  }

  /** Goes on until the event `lastSeq` was looked at. */
  async reach(lastSeq: number): Promise<void> {
    if (this.#going || this.#error !== null || this.#looked >= lastSeq) return;
    this.#going = true;
    try {
      while (!this.#paused && this.#looked < lastSeq) {
        const { items, next_cursor } = await this.#find(this.#looked);
        this.#look(items);
        this.#looked = Math.max(this.#looked, next_cursor === null ? lastSeq : Number(next_cursor));
        this.tell();
      }
    } catch (error) {
      this.#error = error;
    }
    this.#going = false;
    this.tell();
  }

  /** Events that arrived by themselves; those that do not follow directly are left for `reach`. */
  take(events: readonly Event[]): void {
    if (!events.some(({ seq }) => seq === this.#looked + 1)) return;
    this.#look(events);
    this.tell();
  }

  /** While nobody looks at what it finds, it asks for nothing. */
  pause(): void {
    this.#paused = true;
  }
  /** What failed before is tried again. */
  resume(): void {
    this.#paused = false;
    this.retry();
  }
  retry(): void {
    this.#error = null;
    this.tell();
  }

  #look(events: readonly Event[]): void {
    for (const event of events) {
      if (event.seq <= this.#looked) continue;
      this.#looked = event.seq;
      if (this.#wants(event)) this.#found.push(event);
    }
  }
}
