import type { AbortReason } from './abort-reason.ts';

/**
 * Stops an attempt. One listener; the first reason wins. An AbortSignal per stage would cost more, with its listeners,
 * than the rest of a no-op attempt.
 */
export class StopSwitch {
  #reason: AbortReason | null = null;
  #listener: ((reason: AbortReason) => void) | null = null;

  stop(reason: AbortReason): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#listener?.(reason);
  }

  /** Calls back once, immediately if already stopped; null removes the listener. */
  onStop(listener: ((reason: AbortReason) => void) | null): void {
    this.#listener = listener;
    if (this.#reason) listener?.(this.#reason);
  }
}
