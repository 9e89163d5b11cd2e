import { statfs } from 'node:fs/promises';
import { formatDuration, sayPause, sayStranded, type TrackRecord, workerSlots } from '@millrace/core/domain';
import { currentSchedules, strandedStages, trackRecords } from '@millrace/core/engine';
import type { Schedule } from '@millrace/core/ports';
import { toInstant, toWirePause, toWireRecord, toWireStranded, type WireHealth, wireHealth } from '@millrace/core/wire';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { redisFacts, refusalOfWrites } from '../redis-facts.ts';

/** Health of the pipelines and the system, for people and monitoring. */
export const healthRoutes = (deps: ApiDeps): readonly Route[] => [
  defineRoute({
    method: 'get',
    path: '/api/v1/health',
    summary:
      'Each pipeline: last run, status, freshness, error rate, durations; the system: Redis, workers, scheduler, disk',
    tag: 'health',
    role: 'viewer',
    responses: { 200: { description: 'The health, summed up by `status`', schema: wireHealth } },
    handler: async () => ok(await healthOf(deps)),
  }),
];

const healthOf = async ({ store, redis, keys, config, problems }: ApiDeps): Promise<WireHealth> => {
  const [
    pipelines,
    schedules,
    now,
    facts,
    workers,
    queues,
    leader,
    disk,
    counters,
    refusal,
    stranded,
    lostAt,
    step,
    pauses,
  ] = await Promise.all([
    store.pipelines(),
    currentSchedules(store),
    store.now(),
    redisFacts(redis),
    store.workers(),
    store.queues(),
    store.leader(),
    diskOf(config.dataDir),
    store.counters(),
    refusalOfWrites(redis, keys.root),
    strandedStages(store).then((all) => all.map(toWireStranded)),
    store.lostAt(),
    store.clockStep(),
    store.pauses(),
  ]);
  const names = pipelines.map(({ name }) => name);
  const records = (await trackRecords(store, names, { schedules: [...schedules.values()], now, recent: 0 })).map(
    (record, at) => {
      const errorRate = record.successRate === null ? null : 1 - record.successRate;
      return { pipeline: names[at]!, status: statusOf(record), error_rate: errorRate, ...toWireRecord(record) };
    },
  );
  const unserved = queues
    .filter((queue) => queue.workers === 0 && queue.waiting + queue.delayed > 0)
    .map((queue) => queue.queue);
  const concerns = [
    ...records
      .filter(({ status }) => status === 'failing' || status === 'stale')
      .map(({ pipeline, status }) => `pipeline ${pipeline} is ${status}`),
    ...unserved.map((queue) => `no worker serves queue ${queue}, where stages wait`),
    ...stranded.map(sayStranded),
    ...pauses.map((pause) => sayPause({ ...pause, since: toInstant(pause.since) })),
    ...(leader === null && schedules.size > 0 ? ['no scheduler leads: schedules do not fire'] : []),
    ...undefinedPipelines([...schedules.values()]),
    ...(lostAt === null
      ? []
      : [
          `Redis lost all its data at ${new Date(lostAt).toISOString()} (it was flushed, or came back without its data): earlier runs, schedules set through the API and Idempotency-Keys are gone; pipeline files were registered again. This warning stays for an hour`,
        ]),
    ...(refusal === null ? [] : [`Redis refuses writes: ${refusal}`]),
    ...(facts.aof && !facts.aofWriteOk ? ['the last AOF write of Redis failed'] : []),
    ...(step !== null && Math.abs(now - step.at) < TOLD_MS ? [stepSentence(step)] : []),
    ...(disk.free_bytes < disk.total_bytes * 0.05 ? [`less than 5 % of the disk that holds ${disk.path} is free`] : []),
    ...problems.map((problem) => problem.message),
  ];
  return {
    status: concerns.length === 0 ? 'ok' : 'degraded',
    concerns,
    pipelines: records,
    system: {
      redis: {
        version: facts.version,
        role: facts.role,
        aof: facts.aof,
        eviction_policy: facts.evictionPolicy,
        used_memory_bytes: facts.usedMemoryBytes,
        max_memory_bytes: facts.maxMemoryBytes,
        clients: facts.clients,
        uptime_seconds: facts.uptimeSeconds,
      },
      workers: {
        count: workers.length,
        slots: workers.reduce((sum, worker) => sum + workerSlots(worker), 0),
        busy: workers.reduce((sum, worker) => sum + worker.holds.length, 0),
      },
      queues_without_workers: unserved,
      stranded,
      pauses: pauses.map((pause) => ({ pipeline: pause.pipeline, ...toWirePause(pause) })),
      scheduler: leader === null ? null : { leader: leader.holder, fence: leader.fence },
      clock_step: step && { at: toInstant(step.at), step_ms: step.stepMs },
      disk,
      memory: { rss_bytes: process.memoryUsage.rss() },
      counters,
    },
    definition_problems: problems.map(({ message, errors }) => ({ message, errors: [...errors] })),
  };
};

/** Pipelines whose active schedules cannot fire; paused ones do not count. */
const undefinedPipelines = (schedules: readonly Schedule[]): readonly string[] => {
  const idle = schedules.filter((schedule) => schedule.blocked !== null && schedule.paused === null);
  return [...new Set(idle.map(({ blocked }) => blocked!))].map((why) => {
    const ids = idle.filter(({ blocked }) => blocked === why).map(({ id }) => id);
    return `${why}: ticks of its schedules are skipped until one does (${ids.join(', ')})`;
  });
};

/** How long a clock jump stays a concern, ms. */
const TOLD_MS = 3_600_000;

const stepSentence = ({ at, stepMs }: { readonly at: number; readonly stepMs: number }): string =>
  `Redis's clock jumped ${formatDuration(Math.round(Math.abs(stepMs) / 1_000) * 1_000)} ${stepMs < 0 ? 'back' : 'ahead'} at ${toInstant(at)}: was the time on its machine set by hand, or did the machine sleep?`;

const statusOf = ({ lastRun, stale, ...record }: TrackRecord): 'ok' | 'failing' | 'stale' | 'never_ran' => {
  if (lastRun === null) return 'never_ran';
  if (record.liveRun === null && lastRun.status === 'failed') return 'failing';
  return stale ? 'stale' : 'ok';
};

const diskOf = async (path: string) => {
  const { bavail, blocks, bsize } = await statfs(path).catch(() => statfs(process.cwd()));
  return { path, free_bytes: bavail * bsize, total_bytes: blocks * bsize };
};
