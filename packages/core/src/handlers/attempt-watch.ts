import { formatDuration } from '../domain/index.ts';
import type { AbortReason } from './abort-reason.ts';

/** Maximum delay of setTimeout, ms; longer waits are split. */
const LONGEST_TIMER = 2_147_483_647;

export interface WatchedTimes {
  /** Limit for this attempt, ms; null: unbounded. */
  readonly attemptMs: number | null;
  /** Time left for all attempts together, ms; null: unbounded. */
  readonly stageMs: number | null;
  /** Longest time without a heartbeat, ms; null: unbounded. */
  readonly silenceMs: number | null;
}

/** The timeouts of one attempt. Each calls `expire` once when it elapses. */
export class AttemptWatch {
  readonly #times: WatchedTimes;
  readonly #now: () => number;
  readonly #expire: (reason: AbortReason) => void;
  readonly #startedAt: number;
  #heardAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(times: WatchedTimes, now: () => number, expire: (reason: AbortReason) => void) {
    this.#times = times;
    this.#now = now;
    this.#expire = expire;
    this.#startedAt = now();
    this.#heardAt = this.#startedAt;
    this.#arm();
  }

  heartbeat(): void {
    this.#heardAt = this.#now();
  }

  /**
   * The timeout that has elapsed by now, or null. Also checked when the handler ends, because a busy event loop delays
   * timers.
   */
  expired(): AbortReason | null {
    const elapsed = this.#now() - this.#startedAt;
    const { attemptMs, stageMs, silenceMs } = this.#times;
    if (stageMs !== null && elapsed >= stageMs)
      return reason('timed_out', 'the stage, all its attempts together, took longer than its stage timeout');
    if (attemptMs !== null && elapsed >= attemptMs)
      return reason('timed_out', `the attempt took longer than its timeout of ${formatDuration(attemptMs)}`);
    if (silenceMs !== null && this.#now() - this.#heardAt >= silenceMs)
      return reason('heartbeat_lost', `the attempt was silent for ${formatDuration(silenceMs)}`);
    return null;
  }

  /** No retry can help: the time for all attempts has elapsed. */
  get isStageOver(): boolean {
    return this.#times.stageMs !== null && this.#now() - this.#startedAt >= this.#times.stageMs;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    const wait = this.#untilNext();
    if (wait === null) return;
    this.#timer = setTimeout(
      () => {
        const expired = this.expired();
        if (expired) this.#expire(expired);
        else this.#arm();
      },
      Math.min(Math.max(Math.ceil(wait), 1), LONGEST_TIMER),
    );
  }

  #untilNext(): number | null {
    const { attemptMs, stageMs, silenceMs } = this.#times;
    const now = this.#now();
    const waits: number[] = [];
    if (attemptMs !== null) waits.push(this.#startedAt + attemptMs - now);
    if (stageMs !== null) waits.push(this.#startedAt + stageMs - now);
    if (silenceMs !== null) waits.push(this.#heardAt + silenceMs - now);
    return waits.length === 0 ? null : Math.min(...waits);
  }
}

const reason = (kind: AbortReason['kind'], text: string): AbortReason => ({ kind, reason: text, graceMs: null });
