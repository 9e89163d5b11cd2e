import { validateParams } from '../definition/index.ts';
import {
  foldRun,
  isName,
  LIMITS,
  MillraceError,
  type OverlapPolicy,
  type Pipeline,
  type PipelineName,
  type Run,
  type RunId,
  type StageName,
  type Trigger,
} from '../domain/index.ts';
import type { AuditText, OverlapLocks, RetryStart, StartAnswer, Store } from '../ports/index.ts';
import { madeBefore } from './made-before.ts';
import { newId } from './new-id.ts';
import { letGo, lockOverlap } from './overlap-lock.ts';
import { unknownName, unknownPipeline } from './unknown-name.ts';

/** An unchecked request to run a pipeline, from the API, a schedule or the CLI. */
export interface StartRequest {
  readonly pipeline: string;
  readonly trigger: Trigger;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly mode?: string | null;
  /** Run only these stages; dependencies outside the set count as met. */
  readonly stages?: readonly string[] | null;
  /** Overrides the pipeline's and the mode's policy. */
  readonly overlap?: OverlapPolicy | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly reason?: string | null;
  readonly idempotency?: { readonly key: string; readonly bodyHash: string } | null;
  /** For a tick: the revision its schedule was read at. */
  readonly scheduleRevision?: number;
  /** The audit log's entry, opened in the store by a new run only. */
  readonly audit?: AuditText | null;
}

export interface PlannedRun {
  readonly pipeline: Pipeline;
  readonly params: Readonly<Record<string, unknown>>;
  readonly mode: string | null;
  readonly stages: readonly StageName[] | null;
  readonly overlap: OverlapPolicy;
}

/**
 * What a start would run. Throws unknown_pipeline, unknown_stage, invalid_params, too_large. Changes nothing, so it
 * also serves as the dry run.
 */
export const planRun = async (store: Store, request: StartRequest): Promise<PlannedRun> => {
  const pipeline = isName(request.pipeline) ? await store.pipeline(request.pipeline as PipelineName) : null;
  if (!pipeline) throw await unknownPipeline(store, request.pipeline);
  return planOn(pipeline, request);
};

const planOn = (pipeline: Pipeline, request: StartRequest): PlannedRun => {
  const mode = request.mode ?? null;
  const params = validateParams(pipeline, request.params ?? {}, mode);
  const preset = mode === null ? null : pipeline.modes[mode]!;
  const stages = request.stages ?? preset?.stages ?? null;
  if (stages !== null) checkStages(pipeline, stages);
  checkLabels(request.labels ?? {}, request.reason ?? null);
  return {
    pipeline,
    params,
    mode,
    stages: stages as readonly StageName[] | null,
    overlap: request.overlap ?? preset?.overlap ?? pipeline.overlap,
  };
};

/** The store's answer, with the view of a new run; null if that has to be read. */
export type StartedRun =
  | Exclude<StartAnswer, { readonly kind: 'started' | 'queued' | 'outdated' }>
  | {
      readonly kind: 'started' | 'queued';
      readonly runId: RunId;
      readonly cancelled: readonly RunId[];
      readonly run: Run | null;
    };

/**
 * Starts a run. Plans it with the version cached in this process, which the store refuses if it is no longer current,
 * so that a start needs no read. The overlap lock in Redis decides; the Redlock taken around it only covers a Redis
 * that lost data. `runId` fixes the run's id, so that a start can be resent.
 * @throws MillraceError what `planRun` throws, `overlap` (a run unknown to this Redis holds the lock),
 *   `idempotency_mismatch`
 */
export const startRun = async (
  store: Store,
  locks: OverlapLocks,
  request: StartRequest,
  runId = newId() as RunId,
): Promise<StartedRun> => {
  const planned = await planAsKnown(store, request);
  const answer = planned && (await startOrRepeat(store, locks, { request, plan: planned, runId, onlyIfCurrent: true }));
  if (answer && answer.kind !== 'outdated') return shown(planned, answer);
  const before = await repeatOf(store, request);
  if (before !== null) return before;
  const plan = await planRun(store, request);
  const second = await startOrRepeat(store, locks, { request, plan, runId, onlyIfCurrent: false });
  if (second.kind === 'outdated')
    throw new MillraceError('internal', `the store refused version ${plan.pipeline.version} without being asked to`);
  return shown(plan, second);
};

interface PlannedStart {
  readonly request: StartRequest;
  readonly plan: PlannedRun;
  readonly runId: RunId;
  readonly onlyIfCurrent: boolean;
  readonly retry?: RetryStart;
}

/**
 * Null: this process has no such pipeline cached, or the cached version refuses the request, which the current one may
 * accept.
 */
const planAsKnown = async (store: Store, request: StartRequest): Promise<PlannedRun | null> => {
  const pipeline = isName(request.pipeline) ? await store.knownPipeline(request.pipeline as PipelineName) : null;
  try {
    return pipeline && planOn(pipeline, request);
  } catch (error) {
    if (error instanceof MillraceError) return null;
    throw error;
  }
};

/** The answer to an earlier request with this Idempotency-Key; see `madeBefore`. */
export const repeatOf = async (
  store: Store,
  { idempotency }: Pick<StartRequest, 'idempotency'>,
): Promise<Extract<StartAnswer, { readonly kind: 'repeated' }> | null> => {
  const before = await madeBefore(store, idempotency ?? null);
  return before && { kind: 'repeated', runId: before.made as RunId, cancelled: [] };
};

/** The script checks the key first, so a failure before the script must not keep the key from answering. */
export const startOrRepeat = async (store: Store, locks: OverlapLocks, start: PlannedStart): Promise<StartAnswer> => {
  try {
    return await startPlanned(store, locks, start);
  } catch (error) {
    const before = await repeatOf(store, start.request).catch((failure: unknown) => {
      if (failure instanceof MillraceError && failure.code === 'idempotency_mismatch') throw failure;
      return null;
    });
    if (before !== null) return before;
    throw error;
  }
};

const startPlanned = async (
  store: Store,
  locks: OverlapLocks,
  { request, plan, runId, onlyIfCurrent, retry }: PlannedStart,
): Promise<StartAnswer> => {
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
      ...(onlyIfCurrent ? { onlyIfCurrent } : {}),
      ...(retry ? { retry } : {}),
      ...(request.scheduleRevision === undefined ? {} : { scheduleRevision: request.scheduleRevision }),
      ...(lockTakenOverFrom === undefined ? {} : { lockTakenOverFrom }),
      ...(request.audit ? { audit: request.audit } : {}),
    });
  if (overlap === 'allow') return start();
  try {
    const first = await locks.acquire(pipeline.name, runId);
    const before = first.ok ? null : await repeatOf(store, request);
    if (before !== null) return before;
    const { ours, takenOverFrom } = await lockOverlap(store, locks, pipeline.name, runId, first);
    const answer = await start(takenOverFrom);
    if (ours && answer.kind !== 'started') await letGo(store, locks, pipeline.name, runId);
    return answer;
  } catch (error) {
    // The outcome is unknown: the lock may be taken, and the run may exist.
    if (error instanceof MillraceError && error.status >= 500) void letGo(store, locks, pipeline.name, runId);
    throw error;
  }
};

/** A new run folded from its log, plus the fields that events do not carry. */
const shown = (
  { pipeline, params }: PlannedRun,
  answer: Exclude<StartAnswer, { readonly kind: 'outdated' }>,
): StartedRun => {
  if (!('events' in answer)) return answer;
  const { events, ...rest } = answer;
  if (events === null) return { ...rest, run: null };
  const { stages, ...run } = foldRun(pipeline, events);
  return { ...rest, run: { ...run, params, retries: [], stages: stages.map((stage) => ({ ...stage, output: null })) } };
};

const checkStages = (pipeline: Pipeline, names: readonly string[]): void => {
  const known = new Set<string>(pipeline.stages.map((stage) => stage.name));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw unknownName('unknown_stage', unknown, [...known]);
  if (names.length === 0)
    throw new MillraceError('invalid_request', 'no stages were given', {
      errors: [{ path: 'stages', message: 'must name at least one stage' }],
    });
};

export const checkLabels = (labels: Readonly<Record<string, string>>, reason: string | null): void => {
  const errors = [];
  if (Object.keys(labels).length > LIMITS.labels)
    errors.push({ path: 'labels', message: `more than ${LIMITS.labels} labels (limit labels)` });
  for (const [key, value] of Object.entries(labels))
    if (Buffer.byteLength(key) + Buffer.byteLength(value) > LIMITS.label_bytes)
      errors.push({
        path: `labels.${key.slice(0, 40)}`,
        message: `longer than ${LIMITS.label_bytes} bytes (limit label_bytes)`,
      });
  if (reason !== null && Buffer.byteLength(reason) > LIMITS.reason_bytes)
    errors.push({ path: 'reason', message: `longer than ${LIMITS.reason_bytes} bytes (limit reason_bytes)` });
  if (errors.length > 0) throw new MillraceError('invalid_request', 'the request exceeds a limit', { errors });
};
