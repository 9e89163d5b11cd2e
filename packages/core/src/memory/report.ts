import type { ClaimRef, ReportedEvent } from '../ports/index.ts';
import { heldBy, refuse } from './claims.ts';
import type { Deployment } from './deployment.ts';
import { recordOfStage } from './event-log.ts';

/** Appends what a running stage says about itself; all of it, or nothing when the claim is no longer the newest. */
export const report = (deployment: Deployment, claim: ClaimRef, events: readonly ReportedEvent[], ordinal?: number): 'ok' | 'fenced' => {
  const held = heldBy(deployment, claim);
  if (held?.stage.worker !== claim.worker) return refuse(deployment, claim, 'report');
  const { reported } = held.stage;
  if (ordinal !== undefined) {
    if (reported?.fence === claim.fence && reported.ordinal >= ordinal) return 'ok';
    held.stage.reported = { fence: claim.fence, ordinal };
  }
  for (const { type, data } of events) recordOfStage(deployment, held.run, held.stage, type, data as never);
  return 'ok';
};
