/** What a run's events tell: state = fold(events) (S8). Pure, so that the dashboard and every checker can ask it. */
import { type EventData, dataOf } from './event-data.ts';
import { MillraceError } from './errors.ts';
import type { RunEvent } from './events.ts';
import type { PipelineVersion, StageName } from './ids.ts';
import type { Pipeline } from './pipeline.ts';
import type { AttemptRecord, Run, StageError, StageRun, Trigger } from './run.ts';
import { nextAttemptOf, shownStatus } from './shown-status.ts';
import type { StageStatus } from './states.ts';

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
  const run = draftOf(pipeline, first, created);
  for (const event of events.slice(1)) {
    run.lastSeq = event.seq;
    if (event.stage === 'pipeline') applyToRun(run, event);
    else applyToStage(run, event);
  }
  const stages = [...run.stages.values()];
  return { ...run, stages, status: shownStatus(run.status, stages), nextAttemptAt: nextAttemptOf(stages) };
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type StageDraft = Omit<Mutable<StageState>, 'attempts'> & { attempts: Mutable<AttemptRecord>[] };
type RunDraft = Omit<Mutable<RunState>, 'stages'> & { stages: Map<string, StageDraft> };

const draftOf = (pipeline: Pipeline, event: RunEvent, created: EventData['run.created']): RunDraft => {
  const definitions = new Map(pipeline.stages.map((stage) => [stage.name as string, stage]));
  const stages = new Map<string, StageDraft>();
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
  return run;
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
      return end(run, 'failed', event.at);
    }
    case 'run.succeeded':
      return end(run, 'succeeded', event.at);
    case 'run.cancelled':
      return end(run, 'cancelled', event.at);
    default:
      return;
  }
};

const applyToStage = (run: RunDraft, event: RunEvent): void => {
  const stage = run.stages.get(event.stage);
  if (!stage) throw new MillraceError('illegal_transition', `the log names a stage that the run does not have: ${event.stage}`);
  switch (event.type) {
    case 'stage.started':
      if (run.status === 'starting') run.status = 'running';
      run.startedAt ??= event.at;
      return begin(stage, event, dataOf(event, 'stage.started')!);
    case 'stage.succeeded':
      endAttempt(stage, 'succeeded', null, event.at);
      end(stage, 'succeeded', event.at);
      return queue(run, dataOf(event, 'stage.succeeded')!.queued, event.at);
    case 'stage.retrying': {
      const { error, next_attempt_at } = dataOf(event, 'stage.retrying')!;
      endAttempt(stage, 'failed', error, event.at);
      return void Object.assign(stage, { status: 'retrying', error, nextAttemptAt: next_attempt_at });
    }
    case 'stage.failed': {
      const { error } = dataOf(event, 'stage.failed')!;
      endAttempt(stage, error.code === 'worker_lost' ? 'worker_lost' : 'failed', error, event.at);
      end(stage, 'failed', event.at);
      stage.error = error;
      return;
    }
    case 'stage.skipped':
      return end(stage, 'skipped', event.at);
    case 'stage.cancelled':
      endAttempt(stage, 'cancelled', null, event.at);
      return end(stage, 'cancelled', event.at);
    case 'stage.handed_back':
      endAttempt(stage, 'handed_back', null, event.at);
      return queue(run, [event.stage], event.at);
    case 'stage.rescued':
      endAttempt(stage, 'worker_lost', null, event.at);
      return queue(run, [event.stage], event.at);
    default:
      return;
  }
};

const queue = (run: RunDraft, names: readonly string[], at: number): void => {
  for (const name of names) Object.assign(run.stages.get(name) ?? {}, { status: 'queued' satisfies StageStatus, queuedAt: at });
};

const begin = (stage: StageDraft, event: RunEvent, { worker, fence }: EventData['stage.started']): void => {
  stage.attempts.push({ attempt: event.attempt, status: 'running', startedAt: event.at, finishedAt: null, worker, error: null });
  Object.assign(stage, { status: 'running', attempt: event.attempt, startedAt: event.at, nextAttemptAt: null, worker, fence, error: null });
};

/** Ends the attempt that runs, if one does: a stage can also end while it waits. */
const endAttempt = (stage: StageDraft, status: AttemptRecord['status'], error: StageError | null, at: number): void => {
  const attempt = stage.attempts.at(-1);
  if (attempt?.status === 'running') Object.assign(attempt, { status, error, finishedAt: at });
};

const end = <D extends StageDraft | RunDraft>(draft: D, status: D['status'], at: number): void => {
  draft.status = status;
  draft.finishedAt = at;
  draft.durationMs = draft.startedAt === null ? null : at - draft.startedAt;
  if ('attempts' in draft) Object.assign(draft, { nextAttemptAt: null, error: null });
};
