import { AsyncLocalStorage } from 'node:async_hooks';
import type { Claim } from '../ports/index.ts';

/** Maximum stray errors logged per attempt; a timer may throw for ever. */
const TOLD = 10;

/**
 * Identifies the attempt that owns running code, even in a timer, stream or event callback. Separate from the attempt,
 * so that a long-lived connection opened by a stage does not retain everything the attempt held.
 */
export class AttemptOwner {
  readonly runId: string;
  readonly stage: string;
  readonly attempt: number;
  #fail: ((error: unknown, how: string) => void) | null;
  #strays = 0;

  constructor({ runId, stage, attempt }: Claim, fail: (error: unknown, how: string) => void) {
    this.runId = runId;
    this.stage = stage;
    this.attempt = attempt;
    this.#fail = fail;
  }

  /** Fails the attempt with an error that its handler did not throw; `how` describes where it surfaced. */
  fail(error: unknown, how: string): 'failed' | 'over' | 'told_before' {
    if (++this.#strays > TOLD) return 'told_before';
    if (!this.#fail) return 'over';
    this.#fail(error, how);
    return 'failed';
  }

  /** The attempt has ended: nothing can fail it now. */
  release(): void {
    this.#fail = null;
  }
}

const owners = new AsyncLocalStorage<AttemptOwner>();

/** Owner of the running code; undefined for code outside any attempt, such as the worker's own. */
export const ownerOfRunningCode = (): AttemptOwner | undefined => owners.getStore();

/** Runs the function, and everything it starts, as code of that attempt. */
export const runOwned = <T>(owner: AttemptOwner, code: () => T): T => owners.run(owner, code);
