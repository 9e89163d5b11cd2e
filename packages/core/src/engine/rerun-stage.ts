import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import {
  canonicalJson,
  isRunId,
  isTerminalRun,
  isTerminalStage,
  MillraceError,
  type RerunStageNow,
  planRerun,
  type RerunPlan,
  type RunId,
  type RunSummary,
  type StageName,
  type StageRun,
} from '../domain/index.ts';
import type { RerunStage, Store } from '../ports/index.ts';
import { expandFully } from './cancel-run.ts';
import { everyStage } from './every-stage.ts';
import { keyMismatch, madeBefore } from './made-before.ts';
import { unknownName } from './unknown-name.ts';

export interface RerunRequest extends Pick<RerunStage, 'downstream' | 'by' | 'reason' | 'gate' | 'idempotency'> {
  readonly runId: string;
  readonly stage: string;
  /** Of a plan that was shown: if the stages that would run again, or their states, have changed, nothing is done. */
  readonly planHash: string | null;
}

type Asked = Pick<RerunRequest, 'runId' | 'stage' | 'downstream'>;

/**
 * What a rerun would do now. Changes nothing.
 * @throws MillraceError as `rerunStage`
 */
export const planRerunOf = async (store: Store, asked: Asked): Promise<RerunPlan> => (await planOf(store, asked)).plan;

/**
 * Has a stage of a live run run again, as its next generation, and what depends on it after it. Without `downstream`
 * stages that depend on it keep their results.
 * @throws MillraceError `unknown_run`, `unknown_stage`, `run_is_terminal`, `stage_is_running`, `plan_changed`,
 *   `idempotency_mismatch`, or `illegal_transition`: the stage has not begun, its trigger rule does not let it run, or
 *   the run is being cancelled
 */
export const rerunStage = async (store: Store, request: RerunRequest): Promise<RunId> => {
  const { planHash, ...command } = request;
  const runId = checkedId(request.runId);
  const isRepeated = (await madeBefore(store, request.idempotency)) !== null;
  const idempotency = request.idempotency ?? { key: `rerun-${v7()}`, bodyHash: '-' };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ifSeq = planHash === null || isRepeated ? null : await seqOfPlan(store, request, planHash);
    const answer = await store.rerunStage({ ...command, runId, stage: request.stage as StageName, ifSeq, idempotency });
    if ('more' in answer) await expandFully(store, answer.more);
    if (answer.kind === 'reopened') return runId;
    if (answer.kind === 'idempotency_mismatch') throw keyMismatch();
    if (answer.kind === 'unfinished' || answer.kind === 'moved') continue;
    // Says why it was refused, unless that is over by now.
    await planOf(store, request);
  }
  throw new MillraceError('plan_changed', `run ${runId} changes too fast for its plan to be followed: try again`);
};

/** Enough for a log that is written to all the time. */
const ATTEMPTS = 20;

const seqOfPlan = async (store: Store, asked: Asked, planHash: string): Promise<number> => {
  const { plan, lastSeq } = await planOf(store, asked);
  if (plan.planHash === planHash) return lastSeq;
  throw new MillraceError('plan_changed', 'the stages that would run again, or their states, have changed', {
    extra: { plan_hash: plan.planHash },
  });
};

const planOf = async (store: Store, asked: Asked): Promise<{ readonly plan: RerunPlan; readonly lastSeq: number }> => {
  const { stage: name, downstream } = asked;
  const runId = checkedId(asked.runId);
  const run = await store.runSummary(runId);
  if (!run) throw unknownRun(runId);
  const pipeline = await store.pipeline(run.pipeline, run.version);
  const runs = new Map<StageName, StageRun>();
  for await (const stage of everyStage(store, runId, { outputs: false })) runs.set(stage.stage, stage);
  const stages = pipeline?.stages ?? [];
  const stage = stages.find((one) => one.name === name && runs.has(one.name));
  if (!stage) throw unknownName('unknown_stage', name, [...runs.keys()]);
  refuseIfNot(run, runs.get(stage.name)!);
  const again = planRerun(stages, runs, { stage: stage.name, downstream });
  if (again.length === 0)
    throw never(
      stage.name,
      stage.dependsOn.flatMap((on) => runs.get(on) ?? []),
    );
  const opened = new Set(again);
  const shown = ({ stage: of, status, generation }: StageRun): RerunStageNow => ({ stage: of, status, generation });
  const all = [...runs.values()];
  const runsAgain = all.filter((one) => opened.has(one.stage)).map(shown);
  const planHash = createHash('sha256')
    .update(canonicalJson([runId, name, downstream, runsAgain]))
    .digest('hex');
  const keeps = all.filter((one) => isTerminalStage(one.status) && !opened.has(one.stage)).map(shown);
  return {
    plan: { runId, stage: stage.name, downstream, planHash: planHash.slice(0, 16), runsAgain, keeps },
    lastSeq: run.lastSeq,
  };
};

const refuseIfNot = ({ status }: RunSummary, stage: StageRun): void => {
  const refuse = (message: string): never => {
    throw new MillraceError('illegal_transition', message);
  };
  if (isTerminalRun(status))
    throw new MillraceError(
      'run_is_terminal',
      `the run has already ended: it is ${status}. A retry is a new run that reuses what succeeded`,
      { extra: { status, instead: 'retry' } },
    );
  if (status === 'cancelling') refuse('the run is being cancelled, and nothing of it runs again');
  if (stage.status === 'running')
    throw new MillraceError('stage_is_running', `stage ${stage.stage} is running: it can run again once it has ended`);
  if (stage.status === 'pending')
    refuse(`stage ${stage.stage} has not begun: it runs when the stages before it allow it`);
};

const never = (name: StageName, parents: readonly StageRun[]): MillraceError =>
  new MillraceError(
    'illegal_transition',
    `stage ${name} would not run again, because of how the stages before it ended: ${parents
      .filter(({ status }) => status !== 'succeeded')
      .map(({ stage, status }) => `${stage} (${status})`)
      .slice(0, 10)
      .join(', ')}. Have one of those run again`,
  );

const checkedId = (runId: string): RunId => {
  if (isRunId(runId)) return runId;
  throw unknownRun(runId.slice(0, 60));
};

const unknownRun = (runId: string): MillraceError => new MillraceError('unknown_run', `there is no run "${runId}"`);
