import { type AbortReason, StopSwitch } from '@millrace/core/handlers';
import type { Claim, ClaimRef } from '@millrace/core/ports';
import { jobIdOf } from '@millrace/core/domain';

/**
 * The claims this process holds, each from the reply that granted it until its outcome is recorded, and how to stop
 * their handlers.
 */
export class HeldClaims {
  /** By job id; the consumer adds and removes. */
  readonly claims = new Map<string, Claim>();
  readonly #switches = new Map<string, { readonly claim: ClaimRef; readonly control: StopSwitch }>();

  get size(): number {
    return this.claims.size;
  }
  refs(): ClaimRef[] {
    return [...this.claims.values()];
  }
  has(runId: string): boolean {
    for (const claim of this.claims.values()) if (claim.runId === runId) return true;
    return false;
  }

  /** Stops the claim's attempt, until it is `closed`. */
  open(claim: Claim): StopSwitch {
    // A Redis that lost the stage's earlier claim granted it again, to this worker: nothing else would stop the earlier
    // attempt.
    for (const earlier of this.#switches.values())
      if (jobOf(earlier.claim) === jobOf(claim)) earlier.control.stop({ kind: 'fenced', reason: 'the stage was claimed anew', graceMs: 0 });
    const control = new StopSwitch();
    this.#switches.set(keyOf(claim), { claim, control });
    return control;
  }
  closed(claim: Claim): void {
    this.#switches.delete(keyOf(claim));
  }
  abort(claim: ClaimRef, reason: AbortReason): void {
    this.#switches.get(keyOf(claim))?.control.stop(reason);
  }
  abortAll(reason: AbortReason): void {
    for (const { control } of this.#switches.values()) control.stop(reason);
  }
}

const jobOf = ({ runId, stageIndex, generation }: ClaimRef): string => jobIdOf(runId, stageIndex, generation);
const keyOf = (claim: ClaimRef): string => `${jobOf(claim)}#${claim.fence}`;
