import { createFinalizer, tickWakeUps } from '@millrace/core/bullmq';
import { compilePipeline, type PipelineOptions, definePipeline, sourceOfDefinition } from '@millrace/core/definition';
import type { JsonSchema, Pipeline, PipelineName, RunSummary, WorkerId } from '@millrace/core/domain';
import type { AdvanceAnswer, Claim, Outcome, Store } from '@millrace/core/ports';
import {
  connectRedis,
  keysOf,
  publishHeartbeats,
  redisStore,
  redlockLocks,
  requestOptions,
  workOptions,
} from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { createScheduler, type Scheduler, type SchedulerTimes } from '@millrace/scheduler';
import { pino } from 'pino';

/** A separate prefix on a real Redis, schedulers on it, and a worker that is driven by the test. */
export const deployment = async (url: string, options: { lockTtlMs?: number } = {}) => {
  const prefix = isolatedPrefix('sched');
  const keys = keysOf(prefix);
  const redis = await connectRedis(url, requestOptions);
  const store = redisStore(redis, prefix);
  const locks = redlockLocks([redis], keys.root, options.lockTtlMs ?? 30_000);
  const closing: (() => Promise<void> | void)[] = [() => redis.disconnect()];
  const schedulers: Scheduler[] = [];
  const onEnd = (end: () => Promise<void> | void) => void closing.unshift(end);

  const registered: string[] = [];

  return {
    url,
    prefix,
    keys,
    redis,
    store,
    locks,
    onEnd,
    /** One stage, on the queue `default`. */
    register: async (
      name: string,
      definition: Partial<PipelineOptions<JsonSchema | undefined>> = {},
    ): Promise<Pipeline> => {
      const definitionOf = definePipeline(name, definition as PipelineOptions<JsonSchema>).stage('only', {
        command: ['true'],
      });
      const { pipeline } = compilePipeline(sourceOfDefinition(definitionOf, null));
      await store.registerPipeline(pipeline, { makeCurrent: true });
      registered.push(`${pipeline.name}@${pipeline.version}`);
      return pipeline;
    },
    /** `reads`: the store as this scheduler sees it. */
    scheduler: async (times: Partial<SchedulerTimes> = {}, reads: Store = store): Promise<Scheduler> => {
      const queueRedis = await connectRedis(url, workOptions);
      const wakeUps = tickWakeUps(queueRedis, keys.queuePrefix);
      const scheduler = createScheduler({
        store: reads,
        locks,
        wakeUps,
        publishHeartbeats: (beats) => publishHeartbeats(redis, keys, beats),
        log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
        name: `scheduler-${schedulers.length}`,
        times: { sweepMs: 300, watchdogMs: 500, ...times },
        retention: { count: 1_000, ageMs: 86_400_000 },
      });
      schedulers.push(scheduler);
      onEnd(async () => {
        await scheduler.stop();
        await wakeUps.close();
        queueRedis.disconnect();
      });
      await scheduler.start();
      return scheduler;
    },
    stopSchedulers: () => Promise.all(schedulers.map((scheduler) => scheduler.stop())),
    finalizer: async (): Promise<void> => {
      const queueRedis = await connectRedis(url, workOptions);
      const finalizer = createFinalizer({ store, locks, redis: queueRedis, queuePrefix: keys.queuePrefix });
      onEnd(async () => {
        await finalizer.stop();
        queueRedis.disconnect();
      });
      await finalizer.start();
    },
    worker: async (name: string, ttlMs = 60_000) => {
      const worker = name as WorkerId;
      let told = -1;
      const tell = async (): Promise<void> => {
        if (told === registered.length) return;
        told = registered.length;
        const info = { host: 'test', pid: process.pid, queues: ['default'], concurrency: 1, pipelines: registered };
        await store.renewLease({ worker, ttlMs, info, register: true, held: [] });
      };
      await tell();
      const advance = (outcome: (Claim & { result: Outcome }) | null, fetch: boolean): Promise<AdvanceAnswer> =>
        store.advance({ worker, queue: 'default', slot: '0', outcome, fetch });
      return {
        claim: async (): Promise<Claim | null> => {
          await tell();
          return (await advance(null, true)).claim;
        },
        finish: (claim: Claim) => advance({ ...claim, result: { kind: 'succeeded', outputJson: '{}' } }, false),
      };
    },
    ledger: (id: string) => store.ticks(id, 1_000),
    runsOf: async (pipeline: string): Promise<readonly RunSummary[]> =>
      (await store.runs({ pipeline: pipeline as PipelineName, limit: 500, cursor: null })).items,
    end: async (): Promise<void> => {
      for (const end of closing) await end();
    },
  };
};
export type Deployment = Awaited<ReturnType<typeof deployment>>;
