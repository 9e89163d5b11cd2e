import type { ArtifactAmount, ClaimRef, ReportAnswer, ReportedEvent } from '../ports/index.ts';
import { type Database, runScript } from './script.ts';

export const report = async (
  db: Database,
  claim: ClaimRef,
  events: readonly ReportedEvent[],
  ordinal = 0,
  artifactsOfRun?: ArtifactAmount,
): Promise<ReportAnswer> => {
  const { runId, stageIndex, generation, attempt, fence, worker } = claim;
  const answer = await runScript(db, 'report', {
    runId,
    stageIndex,
    generation,
    attempt,
    fence,
    worker,
    ordinal,
    mostArtifacts: artifactsOfRun?.count ?? null,
    mostBytes: artifactsOfRun?.bytes ?? null,
    reported: events,
  });
  if (answer === 'ok' || answer === 'fenced') return answer;
  const [, count, bytes] = answer.split(' ').map(Number);
  return { would: { count: count!, bytes: bytes! } };
};
