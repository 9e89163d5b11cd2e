import {
  LIVE_STATES,
  type Pipeline,
  type PipelineName,
  type RunId,
  type RunSummary,
  type StageStatus,
  workerSlots,
} from '@millrace/core/domain';
import { currentSchedules, nextTicks } from '@millrace/core/engine';
import type { Readings, StagePage } from '@millrace/core/ports';
import {
  toInstant,
  toWireEvent,
  toWireListedRun,
  toWireRun,
  wireEvent,
  type WireListedRun,
  wireRun,
} from '@millrace/core/wire';
import { z } from 'zod';
import { readTogether } from './read-together.ts';
import { FIRST_STAGES } from './routes/lookups.ts';
import { stillThere } from './still-there.ts';

/** Events in a snapshot. */
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

/** Summary numbers of the deployment. */
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

/** `idle`, or the newest live run with its state and current stage. */
export const wireStatus = z
  .union([
    z.object({ state: z.literal('idle') }),
    wireRun.extend({
      state: wireRun.shape.status,
      stage: z.string().nullable().meta({ description: 'The stage that runs, or is next' }),
    }),
  ])
  .meta({ id: 'PipelineStatus' });
export type WireStatus = z.infer<typeof wireStatus>;
/** The same without stages, for all pipelines at once. */
export type WireBriefStatus =
  | { readonly state: 'idle' }
  | (WireListedRun & { readonly state: RunSummary['status']; readonly stage: string | null });

const IDLE = { state: 'idle' } as const;

export const statusOf = async (store: Readings, liveRun: RunSummary | null): Promise<WireStatus> => {
  const page = liveRun && (await store.stages(liveRun.runId, FIRST_STAGES));
  return page === null ? IDLE : { state: page.run.status, stage: await currentStage(store, page), ...toWireRun(page) };
};

export const briefStatusOf = async (store: Readings, liveRun: RunSummary | null): Promise<WireBriefStatus> =>
  liveRun === null
    ? IDLE
    : {
        state: liveRun.status,
        stage: await currentStage(store, { run: liveRun, items: [], nextAfter: -1 }),
        ...toWireListedRun(liveRun),
      };

/** The newest live run of the pipeline. */
export const liveRunOf = async (store: Readings, pipeline: PipelineName): Promise<RunSummary | null> =>
  (await store.runs({ pipeline, status: LIVE_STATES, limit: 1, cursor: null })).items[0] ?? null;

/** The first running stage, or the next to run; read from the store if the page does not hold all stages. */
const currentStage = async (store: Readings, { run, items, nextAfter }: StagePage): Promise<string | null> => {
  const wanted: readonly StageStatus[] =
    run.stageCounts.running > 0 ? ['running'] : ['retrying', 'queued', 'awaiting_gate'];
  const shown = items.find(({ status }) => wanted.includes(status));
  if (shown || nextAfter === null) return shown?.stage ?? null;
  const found = await store.stages(run.runId, {
    after: nextAfter < 0 ? null : nextAfter,
    limit: 1,
    status: wanted,
    outputs: false,
  });
  return found?.items[0]?.stage ?? null;
};

export const recentEvents = async (store: Readings, runId: RunId) =>
  stillThere(await store.eventsBefore(runId, { beforeSeq: null, limit: RECENT }), runId).map(toWireEvent);

export const wireSnapshot = z
  .object({
    status: wireStatus,
    events: z.array(wireEvent),
    metrics: wireMetrics,
    next_run: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Snapshot' });

/** A pipeline at a glance: the live run (or the last run's events), and the next tick. */
export const snapshotOf = async (store: Readings, pipeline: Pipeline): Promise<z.infer<typeof wireSnapshot>> => {
  const [liveRun, last, metrics, next] = await Promise.all([
    liveRunOf(store, pipeline.name),
    store.runs({ pipeline: pipeline.name, limit: 1, cursor: null }),
    metricsNow(store),
    nextRunOf(store, pipeline.name),
  ]);
  const shown = liveRun ?? last.items[0];
  const [status, events] = await Promise.all([statusOf(store, liveRun), shown ? recentEvents(store, shown.runId) : []]);
  return { status, events, metrics, next_run: next === null ? null : toInstant(next) };
};

/** The next tick of the pipeline's schedules, ms since the epoch; null: none is due. */
export const nextRunOf = async (store: Readings, pipeline: PipelineName): Promise<number | null> => {
  const [schedules, now] = await Promise.all([currentSchedules(store), store.now()]);
  const due = [...schedules.values()]
    .filter((schedule) => schedule.pipeline === pipeline && !schedule.paused && schedule.blocked === null)
    .flatMap((schedule) => nextTicks(schedule, now, 1));
  return due.length === 0 ? null : Math.min(...due);
};
