import type { AbortReason } from './abort-reason.ts';

/**
 * How whoever runs an attempt tells it to stop. One listener, the first reason counts: an AbortSignal could do it too, but one is
 * made for every stage, and a signal with its listeners costs more than all the rest of an attempt that does nothing.
 */
export class StopSwitch {
  #reason: AbortReason | null = null;
  #listener: ((reason: AbortReason) => void) | null = null;

  stop(reason: AbortReason): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#listener?.(reason);
  }

  /** Calls back once, at once when it was stopped before; null: nobody listens any more. */
  onStop(listener: ((reason: AbortReason) => void) | null): void {
    this.#listener = listener;
    if (this.#reason) listener?.(this.#reason);
  }
}
