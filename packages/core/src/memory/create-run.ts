/** - -> `starting` (roots queued) | `queued` (waits for the overlap lock). */
import {
  countParents,
  type EventData,
  MillraceError,
  retryData,
  type Pipeline,
  type RunId,
  type Stage,
  type Trigger,
} from '../domain/index.ts';
import type { ArtifactMeta, StartAnswer, StartRun } from '../ports/index.ts';
import { openAudit } from './audit.ts';
import { unfinished } from './cut.ts';
import { expandFully } from './expand-run.ts';
import { UNTOUCHED } from './deployment.ts';
import type { Deployment, PipelineRecord, RunRecord, StageRecord } from './deployment.ts';
import { recordOfRun } from './event-log.ts';
import { IDEMPOTENCY_MS } from './idempotency.ts';
import { queueRoots } from './queue-stages.ts';
import { beginRetry, type Kept, keptBy, noteRetry, NOTHING_KEPT, takeKept, visitsOf } from './retries.ts';
import { supersede } from './supersede.ts';
import { isHandled, isOutdated, noteTick } from './schedules.ts';

/**
 * The first of these that applies is the answer: the run exists (`repeated`); the Idempotency-Key is known (`repeated`,
 * or `idempotency_mismatch` for another body); `outdated`; `unknown_version`; `retired`; the tick was judged by
 * schedules that have changed since (`schedule_changed`) or was handled (`tick_done`); another run holds the overlap
 * lock (`overlap`). A refusal changes nothing, except that a tick refused for overlap counts as handled: the ledger
 * records it as `skipped`.
 */
export const startRun = (deployment: Deployment, command: StartRun): StartAnswer => {
  const repeated = repeatOf(deployment, command);
  if (repeated) return repeated;
  const record = deployment.pipelines.get(command.pipeline);
  if (command.onlyIfCurrent && record?.current !== command.version) return { kind: 'outdated' };
  const pipeline = record?.versions.get(command.version);
  if (!record || !pipeline) return { kind: 'unknown_version' };
  if (record.retired) return { kind: 'retired' };
  const kept = command.retry ? keptBy(deployment, command.retry) : NOTHING_KEPT;
  if (!kept) return { kind: 'source_gone' };
  const tick = tickOf(command.trigger);
  if (tick && isOutdated(deployment, command.scheduleRevision)) return { kind: 'schedule_changed' };
  if (tick && isHandled(deployment, tick)) return { kind: 'tick_done' };
  if (command.overlap === 'skip' && record.holder) {
    const { runId: liveRunId } = record.holder.run;
    if (tick) noteTick(deployment, { ...tick, outcome: 'skipped', reason: 'overlap', runId: null });
    return { kind: 'overlap', liveRunId };
  }
  const run = createRun(deployment, record, pipeline, command, kept);
  if (command.audit) openAudit(deployment, command.audit);
  if (tick)
    noteTick(deployment, {
      ...tick,
      outcome: command.trigger.caughtUp ? 'caught_up' : 'fired',
      reason: null,
      runId: run.runId,
    });
  if (command.idempotency) {
    const { key, bodyHash } = command.idempotency;
    deployment.idempotency.set(key, {
      bodyHash,
      made: run.runId,
      pipeline: pipeline.name,
      until: deployment.clock.now() + IDEMPOTENCY_MS,
    });
  }
  const cancelled = command.overlap === 'cancel_running' ? olderThan(record, run) : [];
  if (command.overlap === 'cancel_running') supersede(deployment, run);
  const kind = run.status === 'queued' ? 'queued' : 'started';
  const events = cancelled.length > 0 || unfinished(deployment).length > 0 ? null : [...run.log];
  expandFully(deployment, unfinished(deployment));
  return { kind, runId: run.runId, cancelled, events };
};

const repeatOf = (deployment: Deployment, { runId, idempotency }: StartRun): StartAnswer | null => {
  if (deployment.runs.has(runId)) return { kind: 'repeated', runId, cancelled: [] };
  const kept = idempotency && deployment.idempotency.get(idempotency.key);
  if (!kept || kept.until <= deployment.clock.now()) return null;
  return kept.bodyHash === idempotency.bodyHash
    ? { kind: 'repeated', runId: kept.made as RunId, cancelled: [] }
    : { kind: 'idempotency_mismatch' };
};

const tickOf = ({ kind, scheduleId, tick }: Trigger): { scheduleId: string; instant: number } | null =>
  kind === 'schedule' && scheduleId !== undefined && tick !== undefined ? { scheduleId, instant: tick } : null;

const createRun = (
  deployment: Deployment,
  record: PipelineRecord,
  pipeline: Pipeline,
  command: StartRun,
  kept: Kept,
): RunRecord => {
  const now = deployment.clock.now();
  const waits = command.overlap !== 'allow' && record.holder !== null;
  const { runId, trigger, mode, params, labels, reason } = command;
  const stages = stageRecords(pipeline, command);
  takeKept(stages, kept);
  const run: RunRecord = {
    place: ++deployment.runsEver,
    runId,
    pipeline,
    trigger,
    mode,
    params,
    labels,
    reason,
    fence: ++record.fence,
    createdAt: now,
    status: waits ? 'queued' : 'starting',
    admittedAt: waits ? null : now,
    timersMovedMs: 0,
    startedAt: null,
    finishedAt: null,
    failures: [],
    error: null,
    cancel: null,
    pause: null,
    rerun: null,
    stages,
    open: stages.size - kept.stages.size,
    running: 0,
    claimFence: 0,
    todo: [],
    begins: visitsOf(stages, kept),
    retryOf: command.retry?.of ?? null,
    retries: [],
    log: [],
    gates: [],
    keptArtifacts: kept.artifacts,
    artifacts: {
      count: kept.artifacts.length,
      bytes: kept.artifacts.reduce((sum, { data }) => sum + (data as unknown as ArtifactMeta).size, 0),
    },
  };
  deployment.runs.set(runId, run);
  if (waits) record.waiting.push(run);
  else if (command.overlap !== 'allow') record.holder = { run, since: now };
  recordOfRun(deployment, run, 'run.created', {
    version: pipeline.version,
    trigger: triggerData(trigger),
    mode,
    labels,
    reason,
    fence: run.fence,
    status: waits ? 'queued' : 'starting',
    stages: [...stages.values()].map(({ definition }) => definition.name),
    queued: waits ? [] : queueRoots(deployment, run),
    ...(command.retry ? retryData(command.retry) : {}),
  });
  if (command.retry) noteRetry(deployment, command.retry.of, runId);
  if (!waits) beginRetry(deployment, run);
  return run;
};

/** The run's own graph: with a subset, edges from outside count as met, and edges through it are not rebuilt. */
const stageRecords = (pipeline: Pipeline, { stages: subset }: StartRun): ReadonlyMap<number, StageRecord> => {
  const wanted = subset && new Set<string>(subset);
  const known = pipeline.stages.filter(({ name }) => !wanted || wanted.has(name));
  if (known.length === 0 || (wanted && known.length < wanted.size))
    throw new MillraceError(
      'unknown_stage',
      `${pipeline.name}@${pipeline.version} does not have all of: ${[...(wanted ?? [])].join(', ')}`,
    );
  const records = new Map<string, StageRecord & { dependants: StageRecord[] }>();
  for (const definition of known) {
    const dependencies = definition.dependsOn.flatMap((name) => records.get(name) ?? []);
    const record = newStage(definition, dependencies);
    for (const dependency of dependencies) dependency.dependants.push(record);
    records.set(definition.name, record);
  }
  return new Map([...records.values()].map((record) => [record.definition.index, record]));
};

const newStage = (
  definition: Stage,
  dependencies: readonly StageRecord[],
): StageRecord & { dependants: StageRecord[] } => ({
  definition,
  dependencies,
  dependants: [],
  parents: { ...countParents([]), total: dependencies.length },
  ...UNTOUCHED,
  generation: 1,
  feedback: null,
  fence: 0,
  attempts: [],
  answered: new Map(),
  checkpoint: null,
  reported: null,
});

const triggerData = ({ kind, scheduleId, tick, caughtUp, by }: Trigger): EventData['run.created']['trigger'] => ({
  kind,
  ...(scheduleId === undefined ? {} : { schedule_id: scheduleId }),
  ...(tick === undefined ? {} : { tick }),
  ...(caughtUp === undefined ? {} : { caught_up: caughtUp }),
  ...(by === undefined ? {} : { by }),
});

/** Every older run of the overlap lock that is not being cancelled yet. */
const olderThan = ({ waiting, holder }: PipelineRecord, run: RunRecord): readonly RunId[] =>
  [...waiting, ...(holder ? [holder.run] : [])]
    .filter((older) => older !== run && older.status !== 'cancelling')
    .map(({ runId }) => runId);
