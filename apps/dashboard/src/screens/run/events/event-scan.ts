/** Looks through the event log from its beginning for events of a kind, page by page, and goes on as events arrive. */
import type { Event } from '@millrace/client';
import { Versioned } from '../../../live/versioned.ts';
import type { LoadEvents } from './event-pages.ts';

/** Events asked for at once: as many as the API gives. */
const STEP = 500;

export class EventScan extends Versioned {
  readonly #load: LoadEvents;
  readonly #wants: (event: Event) => boolean;
  readonly #found: Event[] = [];
  #looked: number;
  #error: unknown = null;
  #going = false;
  #paused = false;

  /** `after`: the seq after which it begins. */
  constructor(load: LoadEvents, wants: (event: Event) => boolean, after = 0) {
    super();
    this.#load = load;
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
        const events = await this.#load(this.#looked, STEP);
        // What is no longer kept counts as looked at.
        if (events.length === 0) this.#looked = Math.max(this.#looked, lastSeq);
        this.#look(events);
      }
    } catch (error) {
      this.#error = error;
    }
    this.#going = false;
    this.tell();
  }

  /** Events that arrived by themselves; those that do not follow directly are left for `reach`. */
  take(events: readonly Event[]): void {
    if (events.some(({ seq }) => seq === this.#looked + 1)) this.#look(events);
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
    this.tell();
  }
}
