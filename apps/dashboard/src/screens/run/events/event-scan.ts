import type { Event, Page } from '@millrace/client';
import { EVENT_TYPES, type EventType } from '@millrace/core/domain';
import { Versioned } from '../../../live/versioned.ts';

export interface EventFilter {
  readonly stage: string | undefined;
  /** Failures only. */
  readonly failures: boolean;
  /** Hides what stages report while running: log lines, metrics, progress, artifacts. */
  readonly brief: boolean;
}
/** Filter of the event log as API query; absent: no filter. */
export interface WantedEvents {
  readonly stage?: string | undefined;
  readonly types?: readonly EventType[];
}

export const isFiltering = ({ stage, failures, brief }: EventFilter): boolean =>
  stage !== undefined || failures || brief;

export const wantedBy = ({ stage, failures, brief }: EventFilter): WantedEvents => {
  if (!failures && !brief) return { stage };
  const isAsked = (type: EventType): boolean => {
    const { kind } = EVENT_TYPES[type];
    return failures ? kind === 'failure' || kind === 'error' : kind !== 'log' && kind !== 'metric';
  };
  return { stage, types: TYPES.filter(isAsked) };
};
const TYPES = Object.keys(EVENT_TYPES) as EventType[];

export const isWanted = ({ stage, types }: WantedEvents, event: Pick<Event, 'stage' | 'type'>): boolean =>
  (stage === undefined || event.stage === stage) && (types === undefined || types.includes(event.type));

/** Returns the matching events after a seq. `next_cursor`: the last seq scanned; null: the end was reached. */
type FindEvents = (afterSeq: number) => Promise<Page<Event>>;

/** Finds matching events page by page from the beginning, and continues as events arrive. */
export class EventScan extends Versioned {
  readonly #find: FindEvents;
  readonly #wants: (event: Event) => boolean;
  readonly #found: Event[] = [];
  #looked: number;
  #error: unknown = null;
  #going = false;
  #paused = false;

  /** `after`: the seq to start after. */
  constructor(find: FindEvents, wants: (event: Event) => boolean, after = 0) {
    super();
    this.#find = find;
    this.#wants = wants;
    this.#looked = after;
  }

  /** In order; the same growing array. */
  get found(): readonly Event[] {
    return this.#found;
  }
  /** The last seq scanned. */
  get looked(): number {
    return this.#looked;
  }
  get error(): unknown {
    return this.#error;
  }

  /** Scans up to the event `lastSeq`. */
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

  /** Adds live events; those that do not follow directly are left to `reach`. */
  take(events: readonly Event[]): void {
    if (!events.some(({ seq }) => seq === this.#looked + 1)) return;
    this.#look(events);
    this.tell();
  }

  /** Requests nothing while nobody is subscribed. */
  pause(): void {
    this.#paused = true;
  }
  /** Retries after a failure. */
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
