import { type Pause, type Pipeline, type PipelineName, retryData, type RunId, startsReady } from '../domain/index.ts';
import type {
  CancelAnswer,
  CancelRun,
  PauseAnswer,
  PauseRun,
  PauseView,
  ResumeAnswer,
  SetPause,
  StartAnswer,
  StartRun,
} from '../ports/index.ts';
import { pack } from './layout/packed.ts';
import { MET, RUN } from './layout/records.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { readEvent } from './events.ts';
import { fieldsOf, isSpecial, listOf, packDependant } from './plan.ts';
import { writeTrigger } from './read-run.ts';
import { dropKept, keepForRetry } from './retry-keeps.ts';
import { type Database, runScript } from './script.ts';

export const startRun = async (db: Database, pipelines: PipelineRegistry, command: StartRun): Promise<StartAnswer> => {
  const pipeline = await pipelines.get(command.pipeline, command.version);
  if (!pipeline) return { kind: 'unknown_version' };
  const subset = subsetOf(pipeline, command.stages);
  // A manual run may belong to a schedule; only a tick moves the schedule's cursor.
  const { scheduleId, tick } = command.trigger.kind === 'schedule' ? command.trigger : {};
  const { retry } = command;
  if (retry) await keepForRetry(db, pipelines, pipeline, { ...command, retry });
  const { kind, runId, cancelled, expand, events } = await runScript(db, 'start_run', {
    runId: command.runId,
    pipeline: command.pipeline,
    version: command.version,
    overlap: command.overlap,
    trigger: writeTrigger(command.trigger),
    mode: command.mode,
    params: command.params,
    labels: command.labels,
    reason: command.reason,
    subset: subset.indexes,
    subsetCount: subset.count,
    subsetRoots: subset.roots,
    subsetMet: subset.met,
    stageNames: subset.names,
    idempotencyKey: command.idempotency?.key ?? null,
    bodyHash: command.idempotency?.bodyHash ?? null,
    scheduleId: scheduleId ?? null,
    tick: tick ?? 0,
    tickOutcome: command.trigger.caughtUp ? 'caught_up' : 'fired',
    takenOverFrom: command.lockTakenOverFrom ?? null,
    judgedBy: command.scheduleRevision ?? null,
    onlyIfCurrent: command.onlyIfCurrent ?? false,
    retryOf: retry?.of ?? null,
    kept: retry?.kept.length ?? 0,
    retryData: retry ? `,${JSON.stringify(retryData(retry)).slice(1, -1)}` : '',
    auditId: command.audit?.id ?? null,
    auditText: command.audit?.text ?? null,
  });
  if (retry && kind !== 'started' && kind !== 'queued' && runId !== command.runId) await dropKept(db, command.runId);
  await expandFully(db, expand);
  switch (kind) {
    case 'started':
    case 'queued': {
      const whole = expand.length === 0 && events.length > 0;
      return {
        kind,
        runId,
        cancelled,
        events: whole ? events.map((body) => readEvent(runId, command.pipeline, body)) : null,
      };
    }
    case 'repeated':
      return { kind, runId, cancelled };
    case 'overlap':
      return { kind, liveRunId: runId };
    default:
      return { kind };
  }
};

/**
 * What the script needs for a subset of stages: the stages, their roots, and how many dependencies of each lie outside.
 */
const subsetOf = (pipeline: Pipeline, names: StartRun['stages']) => {
  const all = pipeline.stages;
  if (names === null)
    return { indexes: '', count: all.length, roots: [], met: '', names: all.map((stage) => stage.name) };
  const wanted = new Set(names);
  const stages = all.filter((stage) => wanted.has(stage.name));
  const outside = (stage: (typeof all)[number]) => stage.dependsOn.filter((name) => !wanted.has(name)).length;
  return {
    indexes: all.map(({ name }) => (wanted.has(name) ? '1' : '0')).join(''),
    count: stages.length,
    roots: fieldsOf(
      listOf(RUN.fields.roots.stored, stages.filter((stage) => startsReady(stage, outside(stage))).map(packDependant)),
    ),
    met: stages
      .filter((stage) => outside(stage) > 0 && outside(stage) < stage.dependsOn.length)
      .map((stage) => pack(MET, { index: stage.index, count: outside(stage), special: isSpecial(stage) }))
      .join(' '),
    names: stages.map((stage) => stage.name),
  };
};

export const cancelRun = async (db: Database, command: CancelRun): Promise<CancelAnswer> => {
  const { runId, reason, by, graceMs, failWith = null, commandId = null } = command;
  const { kind, status, expand } = await runScript(db, 'cancel_run', {
    runId,
    reason,
    by,
    graceMs,
    failWith,
    commandId,
  });
  if (kind === 'unknown') return { kind };
  return kind === 'terminal' ? { kind, status: status! } : { kind, more: expand };
};

export const pauseRun = async (db: Database, { runId, by, reason }: PauseRun): Promise<PauseAnswer> => {
  const { kind, status } = await runScript(db, 'pause_run', { runId, by, reason });
  return kind === 'terminal' ? { kind, status: status! } : { kind };
};

export const resumeRun = async (db: Database, { runId, by, reason }: PauseRun): Promise<ResumeAnswer> => {
  const { kind, status, expand } = await runScript(db, 'resume_run', { runId, by, reason });
  if (kind === 'resumed') return { kind, more: expand };
  return kind === 'unknown' || kind === 'stays_paused' ? { kind } : { kind, status: status! };
};

export const setPause = (db: Database, { pipeline, paused, by, reason }: SetPause): Promise<boolean> =>
  runScript(db, 'set_pause', { pipeline, paused, by, reason });

/** Runs passed to one script, which takes as many as its budget allows. */
const FOLLOWED = 50;

export const followPauses = async (db: Database, runIds: readonly RunId[]): Promise<void> => {
  for (let at = 0; at < runIds.length; ) {
    const listed = runIds.slice(at, at + FOLLOWED).map((runId) => ({ runId }));
    const { done, expand } = await runScript(db, 'follow_pauses', { listed });
    await expandFully(db, expand);
    at += done;
  }
};

export const pauses = async ({ redis, keys }: Database): Promise<readonly PauseView[]> =>
  Object.entries(await redis.hgetall(keys.pauses))
    .map(([name, json]) => ({
      pipeline: name === '*' ? null : (name as PipelineName),
      ...(JSON.parse(json) as Pause),
    }))
    .sort((a, b) => ((a.pipeline ?? '') < (b.pipeline ?? '') ? -1 : 1));

/**
 * One slice of a cut transition. The process that caused it continues until nothing is left; if it dies, the reconciler
 * does.
 */
export const expandRun = async (db: Database, runId: RunId): Promise<{ more: readonly RunId[] }> => ({
  more: await runScript(db, 'expand_run', { runId }),
});

/** Continues cut transitions until they are complete. */
export const expandFully = async (db: Database, unfinished: readonly RunId[]): Promise<void> => {
  for (const left = [...unfinished]; left.length > 0; ) left.push(...(await expandRun(db, left.shift()!)).more);
};
