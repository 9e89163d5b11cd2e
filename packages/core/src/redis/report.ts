import type { ArtifactAmount, ClaimRef, Report, ReportAnswer } from '../ports/index.ts';
import { type Database, runScript } from './script.ts';

export const report = async (
  db: Database,
  claim: ClaimRef,
  reports: readonly Report[],
  ordinal = 0,
  artifactsOfRun?: ArtifactAmount,
): Promise<ReportAnswer> => {
  const { runId, stageIndex, generation, attempt, fence, worker } = claim;
  const { kind, artifacts, bytes } = await runScript(db, 'report', {
    runId,
    stageIndex,
    generation,
    attempt,
    fence,
    worker,
    ordinal,
    mostArtifacts: artifactsOfRun?.count ?? null,
    mostBytes: artifactsOfRun?.bytes ?? null,
    reported: reports.map((one) => ({
      type: one.type,
      data: one.type === 'checkpoint' ? one.json : JSON.stringify(one.data),
    })),
  });
  return kind === 'over' ? { would: { count: artifacts, bytes } } : kind;
};
