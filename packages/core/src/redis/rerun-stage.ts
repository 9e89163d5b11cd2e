import { type Reach, reachOfRerun, type Stage, type StageName } from '../domain/index.ts';
import type { RerunAnswer, RerunStage } from '../ports/index.ts';
import { storedNames } from './layout/packed.ts';
import { REACH } from './layout/records.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { stagesOfRun } from './read-stages.ts';
import { type Database, runScript } from './script.ts';

export const rerunStage = async (
  db: Database,
  pipelines: PipelineRegistry,
  { runId, stage: name, downstream, gate, ifSeq, by, reason, idempotency }: RerunStage,
): Promise<RerunAnswer> => {
  const stages = await stagesOfRun(db, pipelines, runId);
  if (stages === null) return { kind: 'unknown' };
  const stage = stages.find((one) => one.name === name);
  if (!stage) return { kind: 'unknown_stage' };
  const { kind, status, expand } = await runScript(db, 'rerun_stage', {
    runId,
    stageIndex: stage.index,
    reach: packReach(stages, reachOfRerun(stages, name, downstream)),
    gate: gate && gate.slice(runId.length + 1),
    ifSeq,
    by,
    reason,
    idempotencyKey: idempotency?.key ?? null,
    bodyHash: idempotency?.bodyHash ?? null,
  });
  if (kind === 'reopened' || kind === 'unfinished') return { kind, more: expand };
  return kind === 'terminal' ? { kind, status: status! } : { kind };
};

/** One of REACH for each stage of the pipeline, up to the last one that is reached. */
const packReach = (stages: readonly Stage[], reach: ReadonlyMap<StageName, Reach>): string => {
  const codes = storedNames(REACH);
  const last = stages.findLast(({ name }) => reach.has(name))!;
  const packed: string[] = Array.from({ length: last.index + 1 }, () => codes.none);
  for (const { index, name } of stages) if (reach.has(name)) packed[index] = codes[reach.get(name)!];
  return packed.join('');
};
