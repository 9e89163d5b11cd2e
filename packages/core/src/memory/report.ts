import type { ArtifactAmount, ArtifactMeta, ClaimRef, Report, ReportAnswer } from '../ports/index.ts';
import { heldBy, refuse } from './claims.ts';
import type { Deployment, RunRecord } from './deployment.ts';
import { recordOfStage } from './event-log.ts';

const NO_LIMIT: ArtifactAmount = { count: Infinity, bytes: Infinity };

/**
 * Records the reports of a running stage; none if the claim is no longer the newest, and no artifact beyond the run's
 * limit.
 */
export const report = (
  deployment: Deployment,
  claim: ClaimRef,
  reports: readonly Report[],
  ordinal?: number,
  artifactsOfRun: ArtifactAmount = NO_LIMIT,
): ReportAnswer => {
  const held = heldBy(deployment, claim);
  if (held?.stage.worker !== claim.worker) return refuse(deployment, claim, 'report');
  const { reported } = held.stage;
  if (ordinal !== undefined && reported?.fence === claim.fence && reported.ordinal >= ordinal)
    return reported.ordinal === ordinal ? reported.answer : 'ok';
  let answer: ReportAnswer = 'ok';
  for (const one of reports) {
    if (one.type === 'checkpoint') {
      held.stage.checkpoint = { generation: claim.generation, json: one.json };
      continue;
    }
    const { type, data } = one;
    const would =
      type === 'stage.artifact' ? withArtifact(held.run, data as unknown as ArtifactMeta) : held.run.artifacts;
    if (would.count > artifactsOfRun.count || would.bytes > artifactsOfRun.bytes) {
      if (answer === 'ok') answer = { would };
      continue;
    }
    held.run.artifacts = would;
    recordOfStage(deployment, held.run, held.stage, type, data as never);
  }
  if (ordinal !== undefined) held.stage.reported = { fence: claim.fence, ordinal, answer };
  return answer;
};

const withArtifact = ({ artifacts: { count, bytes } }: RunRecord, { size }: ArtifactMeta): ArtifactAmount => ({
  count: count + 1,
  bytes: bytes + size,
});
