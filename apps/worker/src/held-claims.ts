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
  /** The attempts that run, by job id: a single one, unless an attempt has yet to notice that its claim is lost. */
  readonly #attempts = new Map<string, readonly { readonly fence: number; readonly control: StopSwitch }[]>();

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

  /** Answers what stops the claim's attempt, until it is `closed`. */
  open({ jobId, fence }: Claim): StopSwitch {
    const earlier = this.#attempts.get(jobId) ?? [];
    // A Redis that lost its last writes handed the stage out twice, both times to this worker: only we can stop the
    // first attempt.
    for (const attempt of earlier)
      attempt.control.stop({ kind: 'fenced', reason: 'the stage was claimed anew', graceMs: 0 });
    const control = new StopSwitch();
    this.#attempts.set(jobId, [...earlier, { fence, control }]);
    return control;
  }
  closed({ jobId, fence }: Claim): void {
    const others = this.#attempts.get(jobId)?.filter((attempt) => attempt.fence !== fence) ?? [];
    if (others.length > 0) this.#attempts.set(jobId, others);
    else this.#attempts.delete(jobId);
  }
  abort({ runId, stageIndex, generation, fence }: ClaimRef, reason: AbortReason): void {
    const attempts = this.#attempts.get(jobIdOf(runId, stageIndex, generation));
    attempts?.find((attempt) => attempt.fence === fence)?.control.stop(reason);
  }
  abortAll(reason: AbortReason): void {
    for (const attempts of this.#attempts.values()) for (const { control } of attempts) control.stop(reason);
  }
}
