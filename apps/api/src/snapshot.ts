import { isTerminalRun, LIVE_STATES, type Pipeline, type PipelineName, type Run, type RunId, workerSlots } from '@millrace/core/domain';
import { currentSchedules, nextTicks } from '@millrace/core/engine';
import type { Readings } from '@millrace/core/ports';
import { toInstant, toWireEvent, toWireRun, wireEvent, wireRun } from '@millrace/core/wire';
import { z } from 'zod';
import { readTogether } from './read-together.ts';
import { stillThere } from './still-there.ts';

/** Events that a snapshot shows. */
const RECENT = 50;

export const wireMetrics = z
  .object({
    workers: z.int(),
    slots: z.int(),
    busy: z.int(),
    waiting: z.int(),
    active: z.int(),
    delayed: z.int(),
    counters: z.record(z.string(), z.number()),
  })
  .meta({ id: 'SnapshotMetrics' });

/** A few numbers of the whole deployment. */
export const metricsNow = readTogether(async (store: Readings): Promise<z.infer<typeof wireMetrics>> => {
  const [workers, queues, counters] = await Promise.all([store.workers(), store.queues(), store.counters()]);
  const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0);
  return {
    workers: workers.length,
    slots: sum(workers, workerSlots),
    busy: sum(workers, (worker) => worker.holds.length),
    waiting: sum(queues, (queue) => queue.waiting),
    active: sum(queues, (queue) => queue.active),
    delayed: sum(queues, (queue) => queue.delayed),
    counters,
  };
});

/** `idle`, or the newest live run, with its state and the stage that runs. */
export const wireStatus = z
  .union([
    z.object({ state: z.literal('idle') }),
    wireRun.extend({ state: wireRun.shape.status, stage: z.string().nullable().meta({ description: 'The stage that runs, or is next' }) }),
  ])
  .meta({ id: 'PipelineStatus' });
export type WireStatus = z.infer<typeof wireStatus>;

export const statusOf = (liveRun: Run | null): WireStatus =>
  liveRun === null ? { state: 'idle' } : { state: liveRun.status, stage: currentStage(liveRun), ...toWireRun(liveRun) };

/** The newest run of the pipeline that is not over. */
export const liveRunOf = async (store: Readings, pipeline: PipelineName): Promise<Run | null> => {
  const { items } = await store.runs({ pipeline, status: LIVE_STATES, stages: false, limit: 1, cursor: null });
  const run = items[0] ? await store.run(items[0].runId) : null;
  return run !== null && !isTerminalRun(run.status) ? run : null;
};

const currentStage = (run: Run): string | null =>
  (run.stages.find((stage) => stage.status === 'running') ?? run.stages.find((stage) => stage.status === 'retrying' || stage.status === 'queued'))?.stage ??
  null;

export const recentEvents = async (store: Readings, runId: RunId) =>
  stillThere(await store.eventsBefore(runId, { beforeSeq: null, limit: RECENT }), runId).map(toWireEvent);

export const wireSnapshot = z
  .object({ status: wireStatus, events: z.array(wireEvent), metrics: wireMetrics, next_run: z.iso.datetime().nullable() })
  .meta({ id: 'Snapshot' });

/** Everything about one pipeline at a glance: the live run (else the last one's events), and when the next is due. */
export const snapshotOf = async (store: Readings, pipeline: Pipeline): Promise<z.infer<typeof wireSnapshot>> => {
  const [liveRun, last, metrics, next] = await Promise.all([
    liveRunOf(store, pipeline.name),
    store.runs({ pipeline: pipeline.name, stages: false, limit: 1, cursor: null }),
    metricsNow(store),
    nextRunOf(store, pipeline.name),
  ]);
  const shown = liveRun ?? last.items[0];
  return { status: statusOf(liveRun), events: shown ? await recentEvents(store, shown.runId) : [], metrics, next_run: next === null ? null : toInstant(next) };
};

const nextRunOf = async (store: Readings, pipeline: PipelineName): Promise<number | null> => {
  const [schedules, now] = await Promise.all([currentSchedules(store), store.now()]);
  const due = [...schedules.values()]
    .filter((schedule) => schedule.pipeline === pipeline && !schedule.paused && schedule.blocked === null)
    .flatMap((schedule) => nextTicks(schedule, now, 1));
  return due.length === 0 ? null : Math.min(...due);
};
