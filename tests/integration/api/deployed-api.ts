import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Api, type ApiDeps, createApi } from '@millrace/api';
import { FsArtifactStore } from '@millrace/core/artifacts';
import { compilePipeline, sourceOfYaml } from '@millrace/core/definition';
import type { Pipeline, RunId, ShownStage, WorkerId } from '@millrace/core/domain';
import type { Claim, Outcome, ReportedEvent } from '@millrace/core/ports';
import {
  connectRedis,
  keysOf,
  redisFeed,
  redisStore,
  redlockLocks,
  requestOptions,
  workOptions,
} from '@millrace/core/redis';
import { isolatedPrefix, waitFor } from '@millrace/core/testing';
import { pino } from 'pino';
import { expect } from 'vitest';

export const TOKEN = 'a-token-of-the-tests-0123456789';

/** JSON that a test reads as it expects it to be. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Answered = any;

export const CHAIN = `
name: chain
description: three in a row
params: { type: object, properties: { source: { type: string, default: sp500 }, rows: { type: integer } } }
modes: { quick: { params: { source: stocks } } }
overlap: skip
schedules: [ { cron: "*/15 * * * *", timezone: UTC } ]
stages:
  translator: { run: { command: [node, a.mjs], env: { API_KEY: very-secret } } }
  analyzer: { depends_on: [translator], run: { command: [node, b.mjs] } }
  merger: { depends_on: [analyzer], run: { command: [node, c.mjs] } }
`;

export type DeployedApi = Awaited<ReturnType<typeof deployApi>>;

/**
 * The API on a real Redis and a real port, with its own prefix; `worker` replaces the worker process and is driven by
 * the test.
 */
export const deployApi = async (
  redisUrl: string,
  {
    config: settings,
    ...over
  }: Partial<Omit<ApiDeps, 'config'>> & { readonly config?: Partial<ApiDeps['config']> } = {},
) => {
  const prefix = isolatedPrefix('api');
  const keys = keysOf(prefix);
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-api-'));
  const redis = await connectRedis(redisUrl, requestOptions);
  const subscriber = await connectRedis(redisUrl, workOptions);
  const store = redisStore(redis, prefix);
  const artifacts = new FsArtifactStore(join(dataDir, 'artifacts'));
  const config = {
    host: '127.0.0.1',
    port: 0,
    basePath: '',
    corsOrigins: [],
    defaultPipeline: 'chain',
    dataDir,
    allowVolatile: false,
    requestsPerMinute: 6_000,
    wrongTokensPerMinute: 60,
    trustProxy: [],
    maxStreams: 5_000,
    maxStreamsPerClient: 1_000,
    keepAliveMs: 75_000,
    maxConnections: 10_000,
    auditEntries: 10_000,
    ...settings,
  };
  const deps: ApiDeps = {
    config,
    store,
    artifacts,
    redis,
    keys,
    locks: redlockLocks([redis], keys.root, 30_000),
    feed: redisFeed(subscriber, keys),
    adminToken: TOKEN,
    log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
    version: '0.0.0-test',
    problems: [],
    // Whatever has been built here.
    dashboardDir: join(dataDir, 'no-dashboard'),
    ...over,
  };
  const registered: Pipeline[] = [];
  const api: Api = createApi(deps);
  await api.start();

  const call = async (
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string>; token?: string | null } = {},
  ) => {
    const token = options.token === undefined ? TOKEN : options.token;
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const json: Answered = /\/(?:\w+\+)?json/.test(response.headers.get('content-type') ?? '')
      ? JSON.parse(text)
      : null;
    return { status: response.status, headers: response.headers, text, json };
  };

  return {
    api,
    deps,
    keys,
    prefix,
    store,
    redis,
    artifacts,
    /** Stores bytes for a run, as a worker does. */
    putArtifact: async (runId: RunId, bytes: string) =>
      artifacts.put(
        { deployment: (await store.artifactUse(runId)).deployment, runId },
        Readable.from([Buffer.from(bytes)]),
      ),
    call,
    url: api.url,
    get: (path: string, options = {}) => call('GET', path, options),
    post: (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
      call('POST', path, { body, headers }),
    register: async (yaml: string): Promise<Pipeline> => {
      const { pipeline } = compilePipeline(sourceOfYaml(yaml, 'test.yaml'));
      await store.registerPipeline(pipeline, { makeCurrent: true });
      registered.push(pipeline);
      return pipeline;
    },
    /** `pipelines`: those that it is registered with the code of; by default all that are registered, also later. */
    worker: (name = 'w1', queues = ['default'], pipelines: readonly Pipeline[] = registered) =>
      workerOf(store, name, queues, pipelines),
    end: async () => {
      await api.stop();
      redis.disconnect();
      subscriber.disconnect();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

const workerOf = async (
  store: ApiDeps['store'],
  name: string,
  queues: readonly string[],
  known: readonly Pipeline[],
) => {
  const worker = name as WorkerId;
  let told = -1;
  let holds: Claim | null = null;
  const tell = async () => {
    if (told === known.length) return;
    told = known.length;
    const info = {
      host: 'test',
      pid: process.pid,
      queues,
      concurrency: 1,
      pipelines: known.map((pipeline) => `${pipeline.name}@${pipeline.version}`),
    };
    await store.renewLease({ worker, ttlMs: 120_000, info, register: true, held: holds === null ? [] : [holds] });
  };
  await tell();
  const advance = async (outcome: (Claim & { result: Outcome }) | null, fetch: boolean) => {
    if (fetch) await tell();
    const answer = await store.advance({ worker, queue: 'default', slot: '0', outcome, fetch });
    if (outcome !== null || answer.claim) holds = answer.claim;
    return answer;
  };
  const claim = () => waitFor(async () => (await advance(null, true)).claim, { what: 'a stage to claim' });
  const end = (held: Claim, result: Outcome) => advance({ ...held, result }, false);
  return {
    claim,
    report: (held: Claim, events: readonly ReportedEvent[]) => store.report(held, events),
    log: (held: Claim, ...lines: string[]) =>
      store.report(held, [{ type: 'stage.log', data: { lines: lines.map((t) => ({ s: 'out', t })) } }]),
    succeed: (held: Claim, output: unknown = {}) =>
      end(held, { kind: 'succeeded', outputJson: JSON.stringify(output) }),
    fail: (held: Claim, message = 'it broke', retryable = false) =>
      end(held, { kind: 'failed', error: { code: 'command_failed', message }, retryable }),
    /** Opens the gate of a stage that was claimed. */
    openGate: (held: Claim, { stages }: Pipeline, shown: readonly ShownStage[] = []) => {
      const { gate } = stages[held.stageIndex]!;
      return end(held, {
        kind: 'gate',
        opening: {
          definition: gate!,
          dependsOnIndexes: gate!.dependsOn.map((name) => stages.findIndex((stage) => stage.name === name)),
          shownDigest: createHash('sha256').update(JSON.stringify(shown)).digest('hex'),
          shown,
          verdict: 'ask',
          reason: null,
          outputJson: null,
        },
      });
    },
    /** Asks, and is given nothing. */
    ask: async () => expect((await advance(null, true)).claim).toBeNull(),
    cancelled: (held: Claim) => end(held, { kind: 'cancelled', reason: 'cancelled' }),
    /** Runs stages to their end, one after the other. */
    run: async (count: number) => {
      for (let done = 0; done < count; done++) await end(await claim(), { kind: 'succeeded', outputJson: '{}' });
    },
  };
};
