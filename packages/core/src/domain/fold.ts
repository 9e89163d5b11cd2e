/** What a run's events tell: state = fold(events) (S8). Pure: the dashboard goes on from a snapshot by it, and checkers compare. */
import { type EventData, dataOf } from './event-data.ts';
import { MillraceError } from './errors.ts';
import type { RunEvent } from './events.ts';
import type { PipelineVersion, StageName } from './ids.ts';
import type { Pipeline } from './pipeline.ts';
import type { AttemptRecord, Run, StageError, StageRun, Trigger } from './run.ts';
import { nextAttemptOf, shownStatus } from './shown-status.ts';
import type { RunStatus, StageStatus } from './states.ts';

/** A run without what events do not carry: the params and the stages' outputs. */
export type RunState = Omit<Run, 'params' | 'stages'> & { readonly stages: readonly StageState[] };
export type StageState = Omit<StageRun, 'output'>;

/**
 * Folds a run's whole log, or any prefix of it, into its state. The first event must be `run.created`
 * and every stage it names must be of `pipeline` (the version that the run is pinned to); else `illegal_transition`.
 */
export const foldRun = (pipeline: Pipeline, events: readonly RunEvent[]): RunState => {
  const first = events[0];
  const created = first && dataOf(first, 'run.created');
  if (!first || !created) throw new MillraceError('illegal_transition', 'a log begins with run.created');
  return evolveRun(begunBy(pipeline, first, created), events.slice(1));
};

/**
 * The run after the events that follow its `lastSeq`, in order; events up to it are passed over, so that a replay may overlap.
 * Stages that no event touched stay the same objects, and so does their list when none was touched; what events do not carry (params, outputs) stays as it was.
 * @throws MillraceError `illegal_transition` when an event between is missing, or names a stage that the run does not have
 */
export const evolveRun = <R extends RunState>(run: R, events: readonly RunEvent[]): R => {
  const draft: RunDraft = { ...run, stages: new Map(run.stages.map((stage) => [stage.stage as string, stage])) };
  // `retrying` is shown, never recorded.
  if (draft.status === 'retrying') draft.status = 'running';
  for (const event of events) {
    if (event.seq <= draft.lastSeq) continue;
    if (event.seq !== draft.lastSeq + 1) throw new MillraceError('illegal_transition', `event ${draft.lastSeq + 1} of the run is missing`);
    draft.lastSeq = event.seq;
    if (event.stage === 'pipeline') applyToRun(draft, event);
    else applyToStage(draft, event);
  }
  const after = [...draft.stages.values()];
  const stages = after.every((stage, index) => stage === run.stages[index]) ? run.stages : after;
  return { ...run, ...draft, stages, status: shownStatus(draft.status, stages), nextAttemptAt: nextAttemptOf(stages) };
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** Stages are replaced, never changed: who holds one sees by its identity whether something happened to it. */
type RunDraft = Omit<Mutable<RunState>, 'stages'> & { stages: Map<string, StageState> };

const begunBy = (pipeline: Pipeline, event: RunEvent, created: EventData['run.created']): RunState => {
  const definitions = new Map(pipeline.stages.map((stage) => [stage.name as string, stage]));
  const stages = new Map<string, StageState>();
  for (const name of created.stages) {
    const definition = definitions.get(name);
    if (!definition) throw new MillraceError('illegal_transition', `the log names a stage that ${pipeline.name}@${pipeline.version} does not have: ${name}`);
    stages.set(name, {
      stage: definition.name,
      status: 'pending',
      generation: 1,
      attempt: 0,
      queue: definition.queue,
      provenance: 'ran',
      queuedAt: null,
      parkedSince: null,
      startedAt: null,
      finishedAt: null,
      durationMs: null,
      nextAttemptAt: null,
      worker: null,
      fence: 0,
      error: null,
      attempts: [],
    });
  }
  const run: RunDraft = {
    runId: event.runId,
    pipeline: event.pipeline,
    version: created.version as PipelineVersion,
    status: created.status,
    generation: 1,
    degraded: false,
    trigger: triggerOf(created.trigger),
    mode: created.mode,
    labels: created.labels,
    reason: created.reason,
    fence: created.fence,
    createdAt: event.at,
    startedAt: null,
    finishedAt: null,
    durationMs: null,
    nextAttemptAt: null,
    error: null,
    lastSeq: event.seq,
    stages,
  };
  queue(run, created.queued, event.at);
  return { ...run, stages: [...stages.values()] };
};

const triggerOf = ({ kind, schedule_id, tick, caught_up, by }: EventData['run.created']['trigger']): Trigger => ({
  kind,
  ...(schedule_id === undefined ? {} : { scheduleId: schedule_id }),
  ...(tick === undefined ? {} : { tick }),
  ...(caught_up === undefined ? {} : { caughtUp: caught_up }),
  ...(by === undefined ? {} : { by }),
});

const applyToRun = (run: RunDraft, event: RunEvent): void => {
  switch (event.type) {
    case 'run.admitted':
      run.status = 'starting';
      return queue(run, dataOf(event, 'run.admitted')!.queued, event.at);
    case 'run.expanded':
      return queue(run, dataOf(event, 'run.expanded')!.queued, event.at);
    case 'run.repaired':
      return queue(run, dataOf(event, 'run.repaired')!.queued, event.at);
    case 'run.cancelling':
      run.status = 'cancelling';
      return;
    case 'run.failed': {
      const { error } = dataOf(event, 'run.failed')!;
      run.error = { ...error, stage: error.stage as StageName | null };
      return endRun(run, 'failed', event.at);
    }
    case 'run.succeeded':
      return endRun(run, 'succeeded', event.at);
    case 'run.cancelled':
      return endRun(run, 'cancelled', event.at);
    default:
      return;
  }
};

const applyToStage = (run: RunDraft, event: RunEvent): void => {
  const stage = run.stages.get(event.stage);
  if (!stage) throw new MillraceError('illegal_transition', `the log names a stage that the run does not have: ${event.stage}`);
  const become = (next: StageState): void => void run.stages.set(event.stage, next);
  switch (event.type) {
    case 'stage.started':
      if (run.status === 'starting') run.status = 'running';
      run.startedAt ??= event.at;
      return become(begun(stage, event, dataOf(event, 'stage.started')!));
    case 'stage.succeeded':
      become(ended(attemptEnded(stage, 'succeeded', null, event.at), 'succeeded', null, event.at));
      return queue(run, dataOf(event, 'stage.succeeded')!.queued, event.at);
    case 'stage.retrying': {
      const { error, next_attempt_at } = dataOf(event, 'stage.retrying')!;
      return become({ ...attemptEnded(stage, 'failed', error, event.at), status: 'retrying', error, nextAttemptAt: next_attempt_at });
    }
    case 'stage.failed': {
      const { error } = dataOf(event, 'stage.failed')!;
      return become(ended(attemptEnded(stage, error.code === 'worker_lost' ? 'worker_lost' : 'failed', error, event.at), 'failed', error, event.at));
    }
    case 'stage.skipped':
      return become(ended(stage, 'skipped', null, event.at));
    case 'stage.cancelled':
      return become(ended(attemptEnded(stage, 'cancelled', null, event.at), 'cancelled', null, event.at));
    case 'stage.handed_back': {
      const { parked_since = null, next_attempt_at = null } = dataOf(event, 'stage.handed_back')!;
      become({ ...attemptEnded(stage, 'handed_back', null, event.at), nextAttemptAt: next_attempt_at });
      return queue(run, [event.stage], event.at, parked_since);
    }
    case 'stage.rescued':
      become(attemptEnded(stage, 'worker_lost', null, event.at));
      return queue(run, [event.stage], event.at);
    default:
      return;
  }
};

const queue = (run: RunDraft, names: readonly string[], at: number, parkedSince: number | null = null): void => {
  for (const name of names) {
    const stage = run.stages.get(name);
    if (stage) run.stages.set(name, { ...stage, status: 'queued', queuedAt: at, parkedSince });
  }
};

const begun = (stage: StageState, event: RunEvent, { worker, fence }: EventData['stage.started']): StageState => ({
  ...stage,
  status: 'running',
  generation: event.generation,
  attempt: event.attempt,
  parkedSince: null,
  startedAt: event.at,
  nextAttemptAt: null,
  worker,
  fence,
  error: null,
  attempts: [...stage.attempts, { attempt: event.attempt, status: 'running', startedAt: event.at, finishedAt: null, worker, error: null }],
});

/** With the attempt that runs ended, if one does: a stage can also end while it waits. */
const attemptEnded = (stage: StageState, status: AttemptRecord['status'], error: StageError | null, at: number): StageState => {
  const attempt = stage.attempts.at(-1);
  return attempt?.status === 'running' ? { ...stage, attempts: [...stage.attempts.slice(0, -1), { ...attempt, status, error, finishedAt: at }] } : stage;
};

const ended = (stage: StageState, status: StageStatus, error: StageError | null, at: number): StageState => ({
  ...stage,
  status,
  error,
  parkedSince: null,
  finishedAt: at,
  durationMs: durationOf(stage.startedAt, at),
  nextAttemptAt: null,
});

const durationOf = (startedAt: number | null, at: number): number | null => (startedAt === null ? null : at - startedAt);

const endRun = (run: RunDraft, status: RunStatus, at: number): void => {
  run.status = status;
  run.finishedAt = at;
  run.durationMs = durationOf(run.startedAt, at);
};
