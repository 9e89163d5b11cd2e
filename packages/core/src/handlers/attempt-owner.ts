import { AsyncLocalStorage } from 'node:async_hooks';
import type { Claim } from '../ports/index.ts';

/** Stray errors of one attempt that are told; a timer may throw for ever. */
const TOLD = 10;

/**
 * The attempt to which code belongs that runs in this process, however it came to run: a timer, a stream, an event. Kept apart from
 * the attempt, so that a connection that a stage opens and the process keeps does not keep all that the attempt held.
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

  /** Fails the attempt with an error that its handler did not throw; `how` says how it came. */
  fail(error: unknown, how: string): 'failed' | 'over' | 'told_before' {
    if (++this.#strays > TOLD) return 'told_before';
    if (!this.#fail) return 'over';
    this.#fail(error, how);
    return 'failed';
  }

  /** The attempt is over: nothing can fail it any more. */
  release(): void {
    this.#fail = null;
  }
}

const owners = new AsyncLocalStorage<AttemptOwner>();

/** Whose code runs now; undefined: nobody's, such as the worker's own. */
export const ownerOfRunningCode = (): AttemptOwner | undefined => owners.getStore();

/** Runs it, and all that it starts, as code of that attempt. */
export const runOwned = <T>(owner: AttemptOwner, code: () => T): T => owners.run(owner, code);
