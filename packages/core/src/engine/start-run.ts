import { v7 } from 'uuid';
import { validateParams } from '../definition/index.ts';
import {
  isName,
  LIMITS,
  MillraceError,
  type OverlapPolicy,
  type Pipeline,
  type PipelineName,
  type RunId,
  type StageName,
  type Trigger,
} from '../domain/index.ts';
import type { OverlapLocks, StartAnswer, Store } from '../ports/index.ts';
import { madeBefore } from './made-before.ts';
import { unknownName, unknownPipeline } from './unknown-name.ts';

/** A request to run a pipeline, as it comes from the API, a schedule or the CLI; nothing in it has been checked. */
export interface StartRequest {
  readonly pipeline: string;
  readonly trigger: Trigger;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly mode?: string | null;
  /** Only these stages; dependencies outside count as met. */
  readonly stages?: readonly string[] | null;
  /** Overrides the pipeline's and the mode's policy. */
  readonly overlap?: OverlapPolicy | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly reason?: string | null;
  readonly idempotency?: { readonly key: string; readonly bodyHash: string } | null;
  /** Of a tick: the revision that its schedule was read at. */
  readonly scheduleRevision?: number;
}

export interface PlannedRun {
  readonly pipeline: Pipeline;
  readonly params: Readonly<Record<string, unknown>>;
  readonly mode: string | null;
  readonly stages: readonly StageName[] | null;
  readonly overlap: OverlapPolicy;
}

/** What a start would run. Throws unknown_pipeline, unknown_stage, invalid_params, too_large. Changes nothing: it is also the dry run. */
export const planRun = async (store: Store, request: StartRequest): Promise<PlannedRun> => {
  const pipeline = isName(request.pipeline) ? await store.pipeline(request.pipeline as PipelineName) : null;
  if (!pipeline) throw await unknownPipeline(store, request.pipeline);
  const mode = request.mode ?? null;
  const params = validateParams(pipeline, request.params ?? {}, mode);
  const preset = mode === null ? null : pipeline.modes[mode]!;
  const stages = request.stages ?? preset?.stages ?? null;
  if (stages !== null) checkStages(pipeline, stages);
  checkLabels(request.labels ?? {}, request.reason ?? null);
  return { pipeline, params, mode, stages: stages as readonly StageName[] | null, overlap: request.overlap ?? preset?.overlap ?? pipeline.overlap };
};

/**
 * Starts a run. The overlap lock in Redis decides; the Redlock taken around it only covers a Redis that forgot.
 * `runId` fixes the run's id, so that a start can be sent twice.
 * @throws MillraceError what `planRun` throws, `overlap` (a run that this Redis does not know has the lock), `idempotency_mismatch`
 */
export const startRun = async (store: Store, locks: OverlapLocks, request: StartRequest, runId = v7() as RunId): Promise<StartAnswer> => {
  const before = await madeBefore(store, request.idempotency ?? null);
  if (before !== null) return { kind: 'repeated', runId: before.made as RunId, cancelled: [] };
  const plan = await planRun(store, request);
  const { pipeline, overlap } = plan;
  const start = (lockTakenOverFrom?: RunId): Promise<StartAnswer> =>
    store.startRun({
      runId,
      pipeline: pipeline.name,
      version: pipeline.version,
      trigger: request.trigger,
      overlap,
      mode: plan.mode,
      params: plan.params,
      stages: plan.stages,
      labels: request.labels ?? {},
      reason: request.reason ?? null,
      idempotency: request.idempotency ?? null,
      ...(request.scheduleRevision === undefined ? {} : { scheduleRevision: request.scheduleRevision }),
      ...(lockTakenOverFrom === undefined ? {} : { lockTakenOverFrom }),
    });
  if (overlap === 'allow') return start();
  try {
    const { ours, takenOverFrom } = await lockOverlap(store, locks, pipeline.name, runId);
    const answer = await start(takenOverFrom);
    if (ours && answer.kind !== 'started') await letGo(store, locks, pipeline.name, runId);
    return answer;
  } catch (error) {
    // Nobody knows how far it came: the lock may be taken, and the run may be there.
    if (error instanceof MillraceError && error.status >= 500) void letGo(store, locks, pipeline.name, runId);
    throw error;
  }
};

const LET_GO_AGAIN_MS = 250;

/**
 * Lets go of the run's Redlock unless the run holds the overlap lock (a start that was sent twice must not drop the one that its own run lives under).
 * A store that is away is asked again until the lock has lapsed by itself; until then other starts would find a run there that nobody knows.
 */
const letGo = async (store: Store, locks: OverlapLocks, pipeline: PipelineName, runId: RunId, lapsesAt = performance.now() + locks.ttlMs): Promise<void> => {
  try {
    const overlap = await store.lock(pipeline);
    if (overlap?.holder !== runId) await locks.release(pipeline, runId);
  } catch {
    if (performance.now() < lapsesAt) setTimeout(() => void letGo(store, locks, pipeline, runId, lapsesAt), LET_GO_AGAIN_MS).unref();
  }
};

/** For so long a lock that is changing hands is looked at, ms: longer than a start takes from its lock to its record. */
const PATIENCE_MS = 5_000;
/** Between two looks, ms: about the first, and longer each time up to the second. */
const LOOK_AGAIN_MS = 50;
const LONGEST_LOOK_MS = 400;

/**
 * Tries for the lock. A holder that has ended is stale: its lock is taken over. A holder that this Redis does not know may still run.
 * One look does not prove that: a start takes the lock before it records its run, and may let go again between our try and our question who has it.
 */
const lockOverlap = async (store: Store, locks: OverlapLocks, pipeline: PipelineName, runId: RunId): Promise<{ ours: boolean; takenOverFrom?: RunId }> => {
  const until = performance.now() + PATIENCE_MS;
  let takenOver = {};
  for (let wait = LOOK_AGAIN_MS; ; wait = Math.min(wait * 1.5, LONGEST_LOOK_MS)) {
    const answer = await locks.acquire(pipeline, runId);
    if (answer.ok) return { ours: true, ...takenOver };
    const holder = answer.holder === null ? 'unknown' : await stateOf(store, answer.holder);
    // A run that holds the overlap lock in this Redis decides, whoever has the Redlock: starts that only come to be told so would keep it changing hands.
    if (holder === 'live' || (await store.lock(pipeline)) !== null) return { ours: false };
    if (!answer.answered) throw new MillraceError('store_unavailable', `no majority of the lock nodes answered for the overlap lock of ${pipeline}`);
    if (performance.now() >= until) throw notLocked(locks, pipeline, answer.holder);
    if (holder === 'ended') {
      await locks.release(pipeline, answer.holder!);
      takenOver = { takenOverFrom: answer.holder! };
    } else await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
  }
};

/** Of the run that has a lock. `unknown`: this Redis forgot it, or it is not recorded yet. */
const stateOf = async (store: Store, runId: RunId): Promise<'live' | 'ended' | 'unknown'> => {
  const run = await store.runSummary(runId);
  if (run !== null) return run.finishedAt === null ? 'live' : 'ended';
  return (await store.wasPruned(runId)) ? 'ended' : 'unknown';
};

const notLocked = (locks: OverlapLocks, pipeline: PipelineName, holder: RunId | null): MillraceError => {
  if (holder === null) return new MillraceError('store_unavailable', `the overlap lock of ${pipeline} is taken and let go by others all the time; try again`);
  const message = `run ${holder}, which this Redis does not know, holds the overlap lock of ${pipeline}; it lapses ${locks.ttlMs} ms after its last renewal`;
  return new MillraceError('overlap', message, { extra: { live_run_id: holder } });
};

const checkStages = (pipeline: Pipeline, names: readonly string[]): void => {
  const known = new Set<string>(pipeline.stages.map((stage) => stage.name));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw unknownName('unknown_stage', unknown, [...known]);
  if (names.length === 0)
    throw new MillraceError('invalid_request', 'no stage was named', { errors: [{ path: 'stages', message: 'must name at least one stage' }] });
};

const checkLabels = (labels: Readonly<Record<string, string>>, reason: string | null): void => {
  const errors = [];
  if (Object.keys(labels).length > LIMITS.labels) errors.push({ path: 'labels', message: `more than ${LIMITS.labels} labels (limit labels)` });
  for (const [key, value] of Object.entries(labels))
    if (Buffer.byteLength(key) + Buffer.byteLength(value) > LIMITS.label_bytes)
      errors.push({ path: `labels.${key.slice(0, 40)}`, message: `longer than ${LIMITS.label_bytes} bytes (limit label_bytes)` });
  if (reason !== null && Buffer.byteLength(reason) > LIMITS.reason_bytes)
    errors.push({ path: 'reason', message: `longer than ${LIMITS.reason_bytes} bytes (limit reason_bytes)` });
  if (errors.length > 0) throw new MillraceError('invalid_request', 'the request is over a limit', { errors });
};
