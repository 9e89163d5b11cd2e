import { FsArtifactStore } from '@millrace/core/artifacts';
import {
  type AnyPipelineDefinition,
  compilePipeline,
  definePipeline,
  sourceOfDefinition,
} from '@millrace/core/definition';
import { startRun } from '@millrace/core/engine';
import { connectRedis, keysOf, redisFeed, redisStore, redlockLocks, workOptions } from '@millrace/core/redis';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { createWorker } from '@millrace/worker';
import { pino } from 'pino';

const chain = definePipeline('chain', { overlap: 'allow' })
  .stage('a', { run: () => ({}) })
  .stage('b', { dependsOn: ['a'], run: () => ({}) })
  .stage('c', { dependsOn: ['b'], run: () => ({}) });

/** Two stages and what joins them: as plain edges, and by a trigger rule. */
export const JOINS = {
  plain: definePipeline('join', { overlap: 'allow' })
    .stage('a', { run: () => ({}) })
    .stage('b', { run: () => ({}) })
    .stage('c', { dependsOn: ['a', 'b'], run: () => ({}) }),
  by_rule: definePipeline('join', { overlap: 'allow' })
    .stage('a', { run: () => ({}) })
    .stage('b', { run: () => ({}) })
    .stage('c', { dependsOn: ['a', 'b'], when: 'all_done', run: () => ({}) }),
};

/** A stage behind a gate that approves itself: all of a gate but the person. */
export const GATED = definePipeline('gated', { overlap: 'allow' }).stage('a', {
  gate: { autoApprove: true },
  run: () => ({}),
});

/** Beyond any test: no heartbeat is among the commands that are counted. */
const HEARTBEAT_MS = 600_000;

export type ChainDeployment = Awaited<ReturnType<typeof deployChain>>;

/**
 * A chain of three no-op stages, or another pipeline, on a separate server, so that its commandstats count nothing
 * else; the worker is real.
 */
export const deployChain = async (definition: AnyPipelineDefinition = chain) => {
  const server: TestRedis = await startRedis();
  const [redis, working, listening] = await Promise.all([0, 1, 2].map(() => connectRedis(server.url, workOptions)));
  const keys = keysOf('budget');
  const store = redisStore(redis!, 'budget');
  const feed = redisFeed(listening!, keys);
  const { pipeline, handlers } = compilePipeline(sourceOfDefinition(definition, null));
  await store.registerPipeline(pipeline, { makeCurrent: true });
  let ended = 0;
  await feed.subscribe({ onEvent: (event) => void (ended += event.type === 'run.succeeded' ? 1 : 0) });

  return {
    redis: redis!,
    keys,
    start: (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const answer = await startRun(store, redlockLocks([redis!], keys.root, 30_000), {
            pipeline: pipeline.name,
            trigger: { kind: 'manual' },
          });
          if (answer.kind !== 'started') throw new Error(answer.kind);
          return answer.runId;
        }),
      ),
    /** A worker with so many slots works until `runs` runs in all have ended, then stops. */
    work: async (concurrency: number, runs: number) => {
      const worker = createWorker({
        store: redisStore(working!, 'budget'),
        control: feed,
        artifacts: new FsArtifactStore(server.dir),
        artifactLimits: { attempt: { count: 10, bytes: 1e6 }, run: { count: 100, bytes: 1e7 } },
        pipelines: [{ pipeline, handlers, dir: server.dir, file: 'chain.pipeline.ts' }],
        queues: null,
        concurrency,
        leaseMs: 3 * HEARTBEAT_MS,
        heartbeatMs: HEARTBEAT_MS,
        drainMs: 1_000,
        connection: { ...workOptions, url: server.url },
        prefix: keys.queuePrefix,
        keepLease: () => async () => {},
        log: pino({ level: 'silent' }),
      });
      await worker.start();
      await waitFor(() => ended === runs, { what: `the end of ${runs} runs`, timeoutMs: 50_000 });
      await worker.stop();
    },
    end: async () => {
      for (const connection of [redis!, working!, listening!]) connection.disconnect();
      await server.stop();
    },
  };
};
