import type { AbortReason } from '@millrace/core/handlers';
import type { Claim, ClaimRef } from '@millrace/core/ports';
import { jobIdOf } from '@millrace/core/domain';

/** The claims that this process holds, from the reply that granted each until its outcome is recorded, and how to stop their handlers. */
export class HeldClaims {
  /** By job id; the consumer adds and removes. */
  readonly claims = new Map<string, Claim>();
  readonly #controllers = new Map<string, AbortController>();

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

  /** The signal for a claim's handler; `done` forgets it. */
  open(claim: Claim): { signal: AbortSignal; done(): void } {
    const controller = new AbortController();
    const key = keyOf(claim);
    this.#controllers.set(key, controller);
    return { signal: controller.signal, done: () => void this.#controllers.delete(key) };
  }
  abort(claim: ClaimRef, reason: AbortReason): void {
    this.#controllers.get(keyOf(claim))?.abort(reason);
  }
  abortAll(reason: AbortReason): void {
    for (const controller of this.#controllers.values()) controller.abort(reason);
  }
}

const keyOf = (claim: ClaimRef): string => `${jobIdOf(claim.runId, claim.stageIndex, claim.generation)}#${claim.fence}`;
