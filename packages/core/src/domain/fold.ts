/** state = fold(events) (S8). Pure: the dashboard applies it to a snapshot, and checkers compare its result. */
import { type EventData, dataOf } from './event-data.ts';
import { MillraceError } from './errors.ts';
import { type RunEvent, runStateAfter, stageStateAfter } from './events.ts';
import type { PipelineVersion, RunId, StageName } from './ids.ts';
import type { Pipeline } from './pipeline.ts';
import type { AttemptRecord, RunFacts, StageError, StageRun, Trigger } from './run.ts';
import { nextAttemptOf, shownStatus } from './shown-status.ts';
import { isTerminalRun, isTerminalStage, type StageStatus } from './states.ts';

/** A run without what its events do not carry: params, the stages' outputs, and its retries. */
export type RunState = Omit<RunFacts, 'params' | 'retries'> & { readonly stages: readonly StageState[] };
export type StageState = Omit<StageRun, 'output'>;

/**
 * Folds a run's whole log, or any prefix of it, into its state. The first event must be `run.created`, and every stage
 * it names must be in `pipeline` (the version the run is pinned to); otherwise throws `illegal_transition`.
 */
export const foldRun = (pipeline: Pipeline, events: readonly RunEvent[]): RunState => {
  const first = events[0];
  const created = first && dataOf(first, 'run.created');
  if (!first || !created) throw new MillraceError('illegal_transition', 'a log begins with run.created');
  return evolveRun(begunBy(pipeline, first, created), events.slice(1));
};

/**
 * The run after the events that follow its `lastSeq`, in order; earlier events are ignored, so that a replay may
 * overlap. Untouched stages stay the same objects, and so does their list if none was touched; params and outputs,
 * which events do not carry, are kept. `readAt`: for stages read later than the run, the seq they already reflect;
 * events up to it leave them unchanged.
 * @throws MillraceError `illegal_transition` when an event is missing in between, or names a stage that the run does
 *   not have
 */
export const evolveRun = <R extends RunState>(
  run: R,
  events: readonly RunEvent[],
  readAt: ReadonlyMap<string, number> = NONE,
): R => {
  const stagesByName = new StagesByName(run.stages, readAt);
  const draft: RunDraft = { ...run, stages: stagesByName };
  // These are derived, never recorded.
  if (draft.status === 'retrying' || draft.status === 'awaiting_gate') draft.status = 'running';
  for (const event of events) {
    if (event.seq <= draft.lastSeq) continue;
    if (event.seq !== draft.lastSeq + 1)
      throw new MillraceError('illegal_transition', `event ${draft.lastSeq + 1} of the run is missing`);
    draft.lastSeq = event.seq;
    stagesByName.seq = event.seq;
    if (event.stage === 'pipeline') applyToRun(draft, event);
    else applyToStage(draft, event);
  }
  const after = [...draft.stages.values()];
  const stages = after.every((stage, index) => stage === run.stages[index]) ? run.stages : after;
  return { ...run, ...draft, stages, status: shownStatus(draft.status, stages), nextAttemptAt: nextAttemptOf(stages) };
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** Stages are replaced, never mutated, so that identity shows whether a stage changed. */
type RunDraft = Omit<Mutable<RunState>, 'stages'> & { stages: Map<string, StageState> };

const NONE: ReadonlyMap<string, number> = new Map();

/** Ignores the event `seq` for a stage that was read after it. */
class StagesByName extends Map<string, StageState> {
  seq = 0;
  readonly #readAt: ReadonlyMap<string, number>;

  constructor(stages: readonly StageState[], readAt: ReadonlyMap<string, number>) {
    super(stages.map((stage) => [stage.stage as string, stage]));
    this.#readAt = readAt;
  }

  override set(name: string, stage: StageState): this {
    // Undefined while the map is being built from its stages.
    return this.seq !== undefined && this.seq <= (this.#readAt.get(name) ?? -1) ? this : super.set(name, stage);
  }
}

const begunBy = (pipeline: Pipeline, event: RunEvent, created: EventData['run.created']): RunState => {
  const definitions = new Map(pipeline.stages.map((stage) => [stage.name as string, stage]));
  const stages = new Map<string, StageState>();
  for (const name of created.stages) {
    const definition = definitions.get(name);
    if (!definition)
      throw new MillraceError(
        'illegal_transition',
        `the log names a stage that ${pipeline.name}@${pipeline.version} does not have: ${name}`,
      );
    stages.set(name, {
      stage: definition.name,
      status: 'pending',
      generation: 1,
      attempt: 0,
      queue: definition.queue,
      provenance: 'ran',
      reusedFrom: null,
      queuedAt: null,
      waitingFor: null,
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
  for (const { run_id, generation, other_params, stages: names } of created.reused ?? [])
    for (const name of names)
      keep(stages, name, {
        status: 'succeeded',
        generation,
        provenance: 'reused',
        reusedFrom: { runId: run_id as RunId, generation, otherParams: other_params },
      });
  for (const name of created.skipped ?? []) keep(stages, name, { status: 'skipped' });
  const run: RunDraft = {
    runId: event.runId,
    pipeline: event.pipeline,
    version: created.version as PipelineVersion,
    status: created.status,
    generation: 1,
    retryOf: (created.retry_of as RunId | undefined) ?? null,
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
    pause: null,
    lastSeq: event.seq,
    stages,
  };
  queue(run, created.queued, event.at);
  return { ...run, stages: [...stages.values()] };
};

/** A stage of a retry that is as the retried run left it. */
const keep = (stages: Map<string, StageState>, name: string, as: Partial<StageState>): void => {
  const stage = stages.get(name);
  if (stage) stages.set(name, { ...stage, ...as });
};

const triggerOf = ({ kind, schedule_id, tick, caught_up, by }: EventData['run.created']['trigger']): Trigger => ({
  kind,
  ...(schedule_id === undefined ? {} : { scheduleId: schedule_id }),
  ...(tick === undefined ? {} : { tick }),
  ...(caught_up === undefined ? {} : { caughtUp: caught_up }),
  ...(by === undefined ? {} : { by }),
});

const applyToRun = (run: RunDraft, event: RunEvent): void => {
  const to = dataOf(event, 'run.resumed')?.status ?? runStateAfter(event.type);
  if (to !== null) {
    run.status = to;
    run.pause = dataOf(event, 'run.paused');
  }
  const failed = dataOf(event, 'run.failed');
  if (failed) run.error = { ...failed.error, stage: failed.error.stage as StageName | null };
  if (to !== null && isTerminalRun(to)) {
    run.finishedAt = event.at;
    run.durationMs = durationOf(run.startedAt, event.at);
  }
  queue(run, queuedBy(event), event.at);
};

/** The stages queued by the event. */
const queuedBy = ({ data }: RunEvent): readonly string[] =>
  (data as { readonly queued?: readonly string[] }).queued ?? [];

const applyToStage = (run: RunDraft, event: RunEvent): void => {
  const stage = run.stages.get(event.stage);
  if (!stage)
    throw new MillraceError('illegal_transition', `the log names a stage that the run does not have: ${event.stage}`);
  const wait = dataOf(event, 'stage.parked');
  if (wait) run.stages.set(event.stage, { ...stage, waitingFor: wait });
  const to = stageStateAfter(event.type);
  if (to === null) return queue(run, queuedBy(event), event.at);
  if (to === 'running' && run.status === 'starting') run.status = 'running';
  if (to === 'running') run.startedAt ??= event.at;
  run.stages.set(event.stage, { ...changedBy(event, stage, to), status: to });
  queue(run, queuedBy(event), event.at);
};

const changedBy = (event: RunEvent, stage: StageState, to: StageStatus): StageState => {
  const { at } = event;
  switch (event.type) {
    case 'stage.started':
      return begun(stage, event, dataOf(event, 'stage.started')!);
    case 'stage.reopened':
      return reopened(attemptEnded(stage, 'cancelled', null, at), event.generation);
    case 'stage.retrying': {
      const { error, next_attempt_at } = dataOf(event, 'stage.retrying')!;
      return { ...attemptEnded(stage, 'failed', error, at), error, nextAttemptAt: next_attempt_at };
    }
    case 'stage.failed': {
      const { error } = dataOf(event, 'stage.failed')!;
      return ended(attemptEnded(stage, error.code === 'worker_lost' ? 'worker_lost' : 'failed', error, at), error, at);
    }
    case 'stage.handed_back': {
      const { next_attempt_at = null } = dataOf(event, 'stage.handed_back')!;
      return queuedAt({ ...attemptEnded(stage, 'handed_back', null, at), nextAttemptAt: next_attempt_at }, at);
    }
    case 'gate.opened': {
      const { kind } = dataOf(event, 'gate.opened')!;
      return { ...attemptEnded(stage, kind === 'result' ? 'succeeded' : 'gated', null, at), nextAttemptAt: null };
    }
    case 'stage.rescued':
      return queuedAt(attemptEnded(stage, 'worker_lost', null, at), at);
    default:
      return isTerminalStage(to)
        ? ended(attemptEnded(stage, to as 'succeeded' | 'cancelled', null, at), null, at)
        : stage;
  }
};

const queue = (run: RunDraft, names: readonly string[], at: number): void => {
  for (const name of names) {
    const stage = run.stages.get(name);
    if (stage) run.stages.set(name, queuedAt({ ...stage, nextAttemptAt: null, error: null }, at));
  }
};

const queuedAt = (stage: StageState, at: number): StageState => ({
  ...stage,
  status: 'queued',
  queuedAt: at,
  waitingFor: null,
});

const begun = (stage: StageState, event: RunEvent, { worker, fence }: EventData['stage.started']): StageState => ({
  ...stage,
  generation: event.generation,
  attempt: event.attempt,
  waitingFor: null,
  startedAt: event.at,
  nextAttemptAt: null,
  worker,
  fence,
  error: null,
  attempts: [
    ...stage.attempts,
    {
      generation: event.generation,
      attempt: event.attempt,
      status: 'running',
      startedAt: event.at,
      finishedAt: null,
      worker,
      error: null,
    },
  ],
});

/** As it began, but for its past attempts and the fence of the last one. */
const reopened = (stage: StageState, generation: number): StageState => ({
  ...stage,
  generation,
  attempt: 0,
  provenance: 'ran',
  reusedFrom: null,
  queuedAt: null,
  waitingFor: null,
  startedAt: null,
  finishedAt: null,
  durationMs: null,
  nextAttemptAt: null,
  worker: null,
  error: null,
});

/** Ends the running attempt, if any: a stage can also end while it waits. */
const attemptEnded = (
  stage: StageState,
  status: AttemptRecord['status'],
  error: StageError | null,
  at: number,
): StageState => {
  const attempt = stage.attempts.at(-1);
  return attempt?.status === 'running'
    ? { ...stage, attempts: [...stage.attempts.slice(0, -1), { ...attempt, status, error, finishedAt: at }] }
    : stage;
};

const ended = (stage: StageState, error: StageError | null, at: number): StageState => ({
  ...stage,
  error,
  waitingFor: null,
  finishedAt: at,
  durationMs: durationOf(stage.startedAt, at),
  nextAttemptAt: null,
});

const durationOf = (startedAt: number | null, at: number): number | null =>
  startedAt === null ? null : at - startedAt;
