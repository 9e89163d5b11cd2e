import { listOf, packDependant, type Pipeline, type RunId } from '../domain/index.ts';
import type { CancelAnswer, CancelRun, StartAnswer, StartRun } from '../ports/index.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { writeTrigger } from './read-run.ts';
import { type Database, runIds, runScript } from './script.ts';

export const startRun = async (db: Database, pipelines: PipelineRegistry, command: StartRun): Promise<StartAnswer> => {
  const pipeline = await pipelines.get(command.pipeline, command.version);
  if (!pipeline) return { kind: 'unknown_version' };
  const subset = subsetOf(pipeline, command.stages);
  // A run by hand may belong to a schedule; only a tick moves the schedule's cursor.
  const { scheduleId, tick } = command.trigger.kind === 'schedule' ? command.trigger : {};
  const [kind, runId, cancelled, unfinished] = (await runScript(db, 'start_run', [
    command.runId,
    command.pipeline,
    command.version,
    command.overlap,
    writeTrigger(command.trigger),
    JSON.stringify(command.mode),
    JSON.stringify(command.params),
    JSON.stringify(command.labels),
    JSON.stringify(command.reason),
    subset.indexes,
    subset.count,
    subset.roots,
    subset.met,
    JSON.stringify(subset.names),
    command.idempotency?.key ?? '',
    command.idempotency?.bodyHash ?? '',
    scheduleId ?? '',
    tick ?? 0,
    command.trigger.caughtUp ? 'caught_up' : 'fired',
    command.lockTakenOverFrom ?? '',
    command.scheduleRevision ?? '',
  ])) as [string, string, string, string];
  await expandFully(db, runIds(unfinished));
  switch (kind) {
    case 'started':
    case 'queued':
    case 'repeated':
      return { kind, runId: runId as RunId, cancelled: runIds(cancelled) };
    case 'overlap':
      return { kind, liveRunId: runId as RunId };
    default:
      return { kind: kind as 'idempotency_mismatch' | 'unknown_version' | 'retired' | 'tick_done' | 'schedule_changed' };
  }
};

/** What the script needs of a run of some stages only: they, their roots, and how many dependencies of each lie outside and count as met. */
const subsetOf = (pipeline: Pipeline, names: StartRun['stages']) => {
  const all = pipeline.stages;
  if (names === null) return { indexes: '', count: all.length, roots: '', met: '', names: all.map((stage) => stage.name) };
  const wanted = new Set(names);
  const stages = all.filter((stage) => wanted.has(stage.name));
  const outside = (stage: (typeof all)[number]) => stage.dependsOn.filter((name) => !wanted.has(name)).length;
  return {
    indexes: all.map(({ name }) => (wanted.has(name) ? '1' : '0')).join(''),
    count: stages.length,
    roots: Object.values(listOf('roots', stages.filter((stage) => outside(stage) === stage.dependsOn.length).map(packDependant))).join('\n'),
    met: stages
      .filter((stage) => outside(stage) > 0 && outside(stage) < stage.dependsOn.length)
      .map((stage) => `${stage.index}:${outside(stage)}`)
      .join(' '),
    names: stages.map((stage) => stage.name),
  };
};

export const cancelRun = async (db: Database, command: CancelRun): Promise<CancelAnswer> => {
  const [kind, status, more] = (await runScript(db, 'cancel_run', [
    command.runId,
    JSON.stringify(command.reason),
    JSON.stringify(command.by),
    JSON.stringify(command.graceMs),
    command.failWith === undefined ? '' : JSON.stringify(command.failWith),
    command.commandId ?? '',
  ])) as [string, string, string];
  if (kind === 'unknown') return { kind };
  if (kind === 'terminal') return { kind, status: status as never };
  return { kind: kind as 'cancelling' | 'cancelled', more: runIds(more) };
};

/** One slice of what a transition left for later. Whoever caused it goes on until nothing is left; if that process dies, the reconciler does. */
export const expandRun = async (db: Database, runId: RunId): Promise<{ more: readonly RunId[] }> => ({
  more: runIds((await runScript(db, 'expand_run', [runId])) as string),
});

/** Goes on with cut transitions until nothing is left of them. */
export const expandFully = async (db: Database, unfinished: readonly RunId[]): Promise<void> => {
  for (const left = [...unfinished]; left.length > 0; ) left.push(...(await expandRun(db, left.shift()!)).more);
};
