/** Retries an ended run: a new run, which keeps what the plan says (domain/retry-plan.ts, docs/retries.md). */
import { createHash } from 'node:crypto';
import { validateParams } from '../definition/index.ts';
import {
  canonicalJson,
  isRunId,
  isTerminalRun,
  MillraceError,
  type Pipeline,
  type PlannedStage,
  planRetryOf,
  type RunEvent,
  type RunId,
  type RunSummary,
  type StageName,
  type StageRun,
} from '../domain/index.ts';
import type { ArtifactMeta, ArtifactStore, KeptStage, OverlapLocks, RetryStart, Store } from '../ports/index.ts';
import { everyStage } from './every-stage.ts';
import { newId } from './new-id.ts';
import {
  checkLabels,
  type PlannedRun,
  repeatOf,
  startOrRepeat,
  type StartedRun,
  type StartRequest,
} from './start-run.ts';

export interface RetryRequest extends Pick<StartRequest, 'labels' | 'reason' | 'idempotency' | 'audit'> {
  readonly runId: string;
  readonly by: string;
  /** Run this stage and what depends on it, and keep the rest. */
  readonly from?: string | null;
  /** False: only the stage `from`, without what depends on it. */
  readonly downstream?: boolean;
  /** False: run everything. */
  readonly failedOnly?: boolean;
  /** Replace those of the source, name by name. */
  readonly params?: Readonly<Record<string, unknown>>;
  readonly definition?: 'same' | 'current';
  /** The retry is refused unless its plan has this hash. */
  readonly planHash?: string | null;
}

export interface RetryPlan extends PlannedRun {
  readonly source: RunSummary;
  /** What happens to each stage, and those left out. */
  readonly planned: readonly PlannedStage[];
  /** Of all that the plan consists of. */
  readonly planHash: string;
  /** Of the stages of the source, by name. */
  readonly before: ReadonlyMap<StageName, StageRun>;
}

/**
 * What a retry would do; changes nothing.
 * @throws MillraceError `unknown_run`, `run_is_live`, `unknown_stage`, `nothing_to_retry`, `cannot_reuse`,
 *   `invalid_params`, `invalid_request`, `too_large`
 */
export const planRetry = async (store: Store, request: RetryRequest): Promise<RetryPlan> => {
  const { from = null, downstream = true, failedOnly = true } = request;
  if (!downstream && from === null)
    throw new MillraceError('invalid_request', '`downstream` belongs to `from`: which stage is to run alone?', {
      errors: [{ path: 'downstream', message: 'needs `from`' }],
    });
  const source = await endedRun(store, request.runId);
  const ran = (await store.pipeline(source.pipeline, source.version)) ?? gone(source.runId);
  const pipeline = request.definition === 'current' ? await currentOf(store, source) : ran;
  const params = validateParams(pipeline, { ...source.params, ...request.params }, source.mode);
  const labels = request.labels ?? source.labels;
  checkLabels(labels, request.reason ?? null);
  const before = new Map<StageName, StageRun>();
  for await (const stage of everyStage(store, source.runId, { outputs: false })) before.set(stage.stage, stage);
  if (before.size < source.stageCounts.total) return gone(source.runId);
  const planned = planRetryOf({ runId: source.runId, pipeline: ran, stages: [...before.values()] }, pipeline, {
    from: from as StageName | null,
    downstream,
    failedOnly,
    otherParams: canonicalJson(params) !== canonicalJson(source.params),
  });
  const present = planned.filter(({ action }) => action !== 'leave_out').map(({ stage }) => stage);
  const preset = source.mode === null ? null : (pipeline.modes[source.mode] ?? null);
  const plan = {
    params,
    mode: source.mode,
    stages: present.length === pipeline.stages.length ? null : present,
    overlap: preset?.overlap ?? pipeline.overlap,
  };
  return {
    ...plan,
    source,
    pipeline,
    planned,
    before,
    planHash: hashOf(source, pipeline, { ...plan, planned, labels }),
  };
};

const hashOf = ({ runId, lastSeq }: RunSummary, { version }: Pipeline, plan: object): string =>
  createHash('sha256')
    .update(canonicalJson({ runId, lastSeq, version, ...plan }))
    .digest('hex');

const endedRun = async (store: Store, runId: string): Promise<RunSummary> => {
  const run = isRunId(runId) ? await store.runSummary(runId) : null;
  if (run === null)
    throw new MillraceError('unknown_run', `there is no run "${runId.slice(0, 60)}"; a pruned run cannot be retried`);
  if (!isTerminalRun(run.status))
    throw new MillraceError('run_is_live', `the run is ${run.status}: wait for its end or cancel it, then retry it`, {
      extra: { status: run.status },
    });
  return run;
};

const gone = (runId: RunId): never => {
  throw new MillraceError('unknown_run', `run ${runId} was pruned, and its results with it: it cannot be retried`);
};

const currentOf = async (store: Store, { pipeline: name }: RunSummary): Promise<Pipeline> => {
  const pipeline = await store.pipeline(name);
  if (!pipeline)
    throw new MillraceError('unknown_pipeline', `pipeline ${name} was removed: it has no current definition`);
  return pipeline;
};

interface RetryDeps {
  readonly store: Store;
  readonly locks: OverlapLocks;
  readonly artifacts: ArtifactStore;
}

/**
 * Starts the retry. Its run is to be read: it begins with results.
 * @throws MillraceError what `planRetry` throws, `plan_changed`, and what a start throws
 */
export const retryRun = async (deps: RetryDeps, request: RetryRequest): Promise<StartedRun> => {
  const before = await repeatOf(deps.store, request);
  if (before !== null) return before;
  const first = await tryRetry(deps, request);
  // The definition changed in between.
  const answer = first.kind === 'outdated' ? await tryRetry(deps, request) : first;
  if (answer.kind === 'outdated')
    throw new MillraceError('plan_changed', 'the definition changes faster than a retry of it can be planned');
  if (!('events' in answer)) return answer;
  const { events: _, ...rest } = answer;
  return { ...rest, run: null };
};

const tryRetry = async ({ store, locks, artifacts }: RetryDeps, request: RetryRequest) => {
  const plan = await planRetry(store, request);
  if (request.planHash && request.planHash !== plan.planHash)
    throw new MillraceError('plan_changed', 'the plan is not the one that was shown: look at the new one', {
      extra: { plan_hash: plan.planHash },
    });
  const runId = newId() as RunId;
  const kept = plan.planned.flatMap(keptOf);
  const own = { runId, shared: false };
  try {
    const retry: RetryStart = {
      of: plan.source.runId,
      kept,
      artifacts: await shareArtifacts({ store, artifacts }, plan, kept, own),
    };
    const answer = await startOrRepeat(store, locks, {
      request: {
        pipeline: plan.pipeline.name,
        trigger: { kind: 'retry', by: request.by },
        labels: request.labels ?? plan.source.labels,
        reason: request.reason ?? null,
        idempotency: request.idempotency ?? null,
        audit: request.audit ?? null,
      },
      plan,
      runId,
      onlyIfCurrent: request.definition === 'current',
      retry,
    });
    if (answer.kind === 'source_gone') return gone(plan.source.runId);
    if (!('runId' in answer) || answer.runId !== runId) await dropShared({ store, artifacts }, own);
    return answer;
  } catch (error) {
    // With another failure the run may exist; files of a run that does not are removed by age.
    if (error instanceof MillraceError && error.status < 500) await dropShared({ store, artifacts }, own);
    throw error;
  }
};

const keptOf = ({ stage, action, reusedFrom }: PlannedStage): readonly KeptStage[] => {
  if (action === 'skip') return [{ stage, status: 'skipped', reusedFrom: null }];
  return action === 'reuse' ? [{ stage, status: 'succeeded', reusedFrom }] : [];
};

type Files = Pick<RetryDeps, 'store' | 'artifacts'>;
/** Artifacts read at a time. */
const READ = 200;

/**
 * Makes the new run an owner of the files of the artifacts that it keeps, so that they outlive the source; answers the
 * artifacts' ids.
 */
const shareArtifacts = async (
  { store, artifacts }: Files,
  { source, before }: RetryPlan,
  kept: readonly KeptStage[],
  own: { readonly runId: RunId; shared: boolean },
): Promise<readonly string[]> => {
  const names = new Set<string>(kept.map(({ stage }) => stage));
  const { deployment, count } = await store.artifactUse(source.runId);
  const ids: string[] = [];
  for (let after = 0; count > 0; after += READ) {
    const events = (await store.artifactEvents(source.runId, { after, limit: READ })) ?? gone(source.runId);
    const shared = events.filter(({ stage, attempt }) => {
      const made = before.get(stage as StageName);
      return names.has(stage) && made !== undefined && (made.reusedFrom !== null || made.attempt === attempt);
    });
    if (shared.length > 0) {
      own.shared = true;
      const digests = shared.map(({ data }) => (data as unknown as ArtifactMeta).sha256);
      const missing = await artifacts.share(
        { deployment, runId: source.runId },
        { deployment, runId: own.runId },
        digests,
      );
      if (missing !== null) throw lostArtifact(shared[digests.indexOf(missing)]!);
    }
    ids.push(...shared.map(({ data }) => (data as unknown as ArtifactMeta).id));
    if (events.length < READ) break;
  }
  return ids;
};

const lostArtifact = ({ stage, data }: RunEvent): MillraceError =>
  new MillraceError(
    'cannot_reuse',
    `stage "${stage}" must run first: its artifact "${(data as unknown as ArtifactMeta).name}" is not in the data folder of this API`,
    { extra: { stage } },
  );

const dropShared = async (
  { store, artifacts }: Files,
  { runId, shared }: { readonly runId: RunId; readonly shared: boolean },
): Promise<void> => {
  if (!shared) return;
  const { deployment } = await store.artifactUse(runId);
  await artifacts.remove({ deployment, runId });
};
