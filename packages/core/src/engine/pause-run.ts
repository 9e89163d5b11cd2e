import {
  isName,
  isRunId,
  isTerminalRun,
  MillraceError,
  type Pause,
  type PipelineName,
  type RunId,
  type RunStatus,
} from '../domain/index.ts';
import type { PauseRun, PauseView, SetPause, Store } from '../ports/index.ts';
import { expandFully } from './cancel-run.ts';
import { rerunStage } from './rerun-stage.ts';
import { unknownPipeline } from './unknown-name.ts';

export interface PauseRequest extends Omit<PauseRun, 'runId'> {
  readonly runId: string;
}

/**
 * Pauses a run; one that is paused stays so. Once it returns, no further stage starts until the run is resumed.
 * @throws MillraceError `unknown_run`, `run_is_terminal`, or `illegal_transition` while it is being cancelled
 */
export const pauseRun = async (store: Store, { runId, ...request }: PauseRequest): Promise<RunId> => {
  const id = checkedId(runId);
  const answer = await store.pauseRun({ ...request, runId: id });
  if (answer.kind === 'unknown') throw unknownRun(id);
  if (answer.kind === 'terminal') throw isOver(answer.status);
  if (answer.kind === 'cancelling') throw isCancelled('paused');
  return id;
};

export interface ResumeRequest extends PauseRequest {
  /** A stage that runs again first, with what depends on it; null: none. */
  readonly from: string | null;
}

/**
 * Resumes a run; one that is live and not paused stays as it is. What was rejected at a gate runs again, as its
 * stage's next generation; `from`: from this stage on.
 * @throws MillraceError `unknown_run`, `run_is_terminal`, or `illegal_transition` while it is being cancelled; with
 *   `from` as `rerunStage`, and `illegal_transition` if the run is not paused by itself
 */
export const resumeRun = async (store: Store, { runId, from, ...request }: ResumeRequest): Promise<RunId> => {
  const id = checkedId(runId);
  if (from !== null) await rerunFrom(store, id, from, request);
  const answer = await store.resumeRun({ ...request, runId: id });
  if (answer.kind === 'unknown') throw unknownRun(id);
  if (answer.kind === 'terminal') throw isOver(answer.status);
  if (answer.kind === 'not_paused' && answer.status === 'cancelling') throw isCancelled('resumed');
  if (answer.kind === 'stays_paused') throw await staysPaused(store, id);
  if (answer.kind === 'resumed') await expandFully(store, answer.more);
  return id;
};

const rerunFrom = async (
  store: Store,
  runId: RunId,
  stage: string,
  { by, reason }: Omit<PauseRequest, 'runId'>,
): Promise<void> => {
  const run = await store.runSummary(runId);
  if (!run) throw unknownRun(runId);
  if (isTerminalRun(run.status)) throw isOver(run.status);
  if (run.pause?.scope !== 'run')
    throw new MillraceError('illegal_transition', 'the run is not paused: have the stage run again instead', {
      extra: { instead: 'rerun' },
    });
  const gate = run.pause.cause?.gate ?? null;
  await rerunStage(store, { runId, stage, downstream: true, by, reason, gate, planHash: null, idempotency: null });
};

const staysPaused = async (store: Store, runId: RunId): Promise<MillraceError> => {
  const { pipeline, pause = null } = (await store.runSummary(runId)) ?? {};
  const what = pause?.scope === 'deployment' ? 'the deployment' : `pipeline ${pipeline}`;
  return new MillraceError('illegal_transition', `${what} is paused: resume that, and the run goes on with it`, {
    extra: { pause: pause && { scope: pause.scope, by: pause.by, reason: pause.reason } },
  });
};

/** The pause in force for a pipeline; null: it is not paused, nor is the deployment. */
export const pauseOf = (pauses: readonly PauseView[], pipeline: PipelineName): Pause | null => {
  const view =
    pauses.find((pause) => pause.pipeline === pipeline) ?? pauses.find((pause) => pause.pipeline === null) ?? null;
  return view && { since: view.since, scope: view.scope, by: view.by, reason: view.reason };
};

/** Live runs per pipeline that are brought into line at once; the sweep brings those beyond. */
const FOLLOWED = 10_000;

/**
 * Pauses or resumes a pipeline, or the whole deployment (null); false: it was so already. Runs that are live are paused
 * and resumed with it, but for those that were paused by themselves; new runs are accepted, and wait.
 * @throws MillraceError `unknown_pipeline`
 */
export const setPause = async (
  store: Store,
  { pipeline, ...request }: Omit<SetPause, 'pipeline'> & { readonly pipeline: string | null },
): Promise<boolean> => {
  const names = pipeline === null ? (await store.pipelines()).map(({ name }) => name) : [await nameOf(store, pipeline)];
  const changed = await store.setPause({ ...request, pipeline: pipeline === null ? null : names[0]! });
  for (const name of names) await store.followPauses(await store.liveRuns(name, FOLLOWED));
  return changed;
};

/** A retired pipeline may have live runs. */
const nameOf = async (store: Store, name: string): Promise<PipelineName> => {
  if (isName(name)) {
    if (await store.pipeline(name as PipelineName)) return name as PipelineName;
    if ((await store.liveRuns(name as PipelineName, 1)).length > 0) return name as PipelineName;
  }
  throw await unknownPipeline(store, name);
};

const checkedId = (runId: string): RunId => {
  if (!isRunId(runId)) throw unknownRun(runId.slice(0, 60));
  return runId;
};

const unknownRun = (runId: string): MillraceError => new MillraceError('unknown_run', `there is no run "${runId}"`);
const isOver = (status: RunStatus): MillraceError =>
  new MillraceError('run_is_terminal', `the run has already ended: it is ${status}`, { extra: { status } });
const isCancelled = (what: string): MillraceError =>
  new MillraceError('illegal_transition', `the run is being cancelled and cannot be ${what}`, {
    extra: { status: 'cancelling' },
  });
