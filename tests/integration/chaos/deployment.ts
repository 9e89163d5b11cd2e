/**
 * A whole deployment of real processes on its own Redis, with times so short that a test can wait for leases to end.
 */
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPipelines } from '@millrace/core/definition';
import type { EventType, PipelineName, Run, RunEvent, RunId } from '@millrace/core/domain';
import { freePort } from '@millrace/core/embedded';
import { startRun } from '@millrace/core/engine';
import { connectRedis, keysOf, redisStore, redlockLocks, workOptions } from '@millrace/core/redis';
import { startRedis, waitFor } from '@millrace/core/testing';
import { type App, type AppProcess, startApp } from './app-process.ts';
import { type DefinitionFile, SUPPORT } from './bodies.ts';
import { type CommandProcess, processesOf, readWitnesses, type Witness } from './witness.ts';

export const TOKEN = 'a-token-of-the-kill-tests-0123456789';
const PREFIX = 'chaos';

/** All ms, passed to every process. */
export const TIMES = { lease: 600, heartbeat: 150, sweep: 300, watchdog: 500, drain: 1_000 } as const;

type Env = Readonly<Record<string, string>>;
export type Deployment = Awaited<ReturnType<typeof deploy>>;

/**
 * The pipelines are registered; no process of ours runs yet. `env` is given to every process of ours, `redisEnv` to
 * Redis.
 */
export const deploy = async (definitions: readonly DefinitionFile[], env: Env = {}, redisEnv: Env = {}) => {
  const redis = await startRedis({ env: redisEnv });
  const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'));
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  for (const { name, text } of [...SUPPORT, ...definitions]) writeFileSync(join(folder, name), text);
  const connection = await connectRedis(redis.url, workOptions);
  const keys = keysOf(PREFIX);
  const store = redisStore(connection, PREFIX);
  const locks = redlockLocks([connection], keys.root, 30_000);
  const { loaded, problems } = await loadPipelines([folder], folder);
  if (problems.length > 0) throw problems[0]!;
  for (const { pipeline } of loaded) await store.registerPipeline(pipeline, { makeCurrent: true });
  const processes: AppProcess[] = [];

  const settings: Env = {
    REDIS_URL: redis.url,
    MILLRACE_PREFIX: PREFIX,
    MILLRACE_PIPELINES: folder,
    MILLRACE_DATA_DIR: join(folder, 'data'),
    MILLRACE_ADMIN_TOKEN: TOKEN,
    MILLRACE_LEASE_MS: String(TIMES.lease),
    MILLRACE_HEARTBEAT_MS: String(TIMES.heartbeat),
    MILLRACE_SWEEP_MS: String(TIMES.sweep),
    MILLRACE_WATCHDOG_MS: String(TIMES.watchdog),
    MILLRACE_DRAIN_MS: String(TIMES.drain),
    ...env,
  };
  const begin = async (app: App, more: Env, words?: string): Promise<AppProcess> => {
    const started = await startApp(app, { ...settings, ...more }, words);
    processes.push(started);
    return started;
  };

  const runsOf = async (pipeline: string): Promise<readonly Run[]> => {
    const runs: Run[] = [];
    for (let cursor: string | null = null, more = true; more; more = cursor !== null) {
      const page = await store.runs({ pipeline: pipeline as PipelineName, limit: 500, cursor });
      for (const { runId } of page.items) {
        const run = await store.run(runId);
        // It may have been pruned since.
        if (run !== null) runs.push(run);
      }
      cursor = page.nextCursor;
    }
    return runs;
  };
  const eventsOf = async (runId: RunId): Promise<readonly RunEvent[]> =>
    (await store.events(runId, { afterSeq: 0, limit: 100_000 })) ?? [];
  const witnesses = (): readonly Witness[] => readWitnesses(folder);

  return {
    redis,
    connection,
    keys,
    store,
    locks,
    folder,
    prefix: PREFIX,
    dataDir: join(folder, 'data'),
    loaded,
    pipelineOf: (name: string) => loaded.find(({ pipeline }) => pipeline.name === name)!.pipeline,
    worker: (more: Env = {}) => begin('worker', more),
    scheduler: (more: Env = {}) => begin('scheduler', more),
    /** Answers once it waits for its Redis. */
    waiting: (app: App, more: Env = {}, words = 'waiting for it') => begin(app, more, words),
    /** On a free port; MILLRACE_PORT reuses that of an earlier one. */
    api: async (more: Env = {}) => {
      const chosen = Number(more['MILLRACE_PORT'] ?? (await freePort(null)));
      const api = await begin('api', { ...more, MILLRACE_PORT: String(chosen) });
      return Object.assign(api, { port: chosen, url: `http://127.0.0.1:${chosen}` });
    },
    start: async (pipeline: string, params: Readonly<Record<string, unknown>> = {}): Promise<RunId> => {
      const answer = await startRun(store, locks, { pipeline, trigger: { kind: 'manual' }, params });
      if (!('runId' in answer)) throw new Error(`the start of ${pipeline} was answered ${JSON.stringify(answer)}`);
      return answer.runId;
    },
    /** Releases every body that holds. */
    letGo: () => writeFileSync(join(folder, 'go'), ''),
    hold: () => rmSync(join(folder, 'go'), { force: true }),
    runsOf,
    eventsOf,
    witnesses,
    /** The first such event of the run, as soon as it is there. */
    untilEvent: (
      runId: RunId,
      type: EventType,
      where: { stage?: string; attempt?: number } = {},
      timeoutMs = 15_000,
    ): Promise<RunEvent> =>
      waitFor(
        async () =>
          (await eventsOf(runId)).find(
            (event) =>
              event.type === type &&
              (where.stage ?? event.stage) === event.stage &&
              (where.attempt ?? event.attempt) === event.attempt,
          ),
        { timeoutMs, what: `${type} ${JSON.stringify(where)} of run ${runId}` },
      ),
    untilWitness: (is: (witness: Witness) => boolean, what: string): Promise<Witness> =>
      waitFor(() => witnesses().find(is), { what: `a stage's body: ${what}`, timeoutMs: 15_000 }),
    untilAllEnded: async (timeoutMs = 30_000): Promise<void> => {
      const live = () => Promise.all(loaded.map(({ pipeline }) => store.liveRuns(pipeline.name, 3)));
      await waitFor(
        async () => {
          const left = (await live()).flat();
          if (left.length > 0)
            throw new Error(`live: ${JSON.stringify(await Promise.all(left.slice(0, 2).map((id) => store.run(id))))}`);
          return true;
        },
        { timeoutMs, what: 'every run to end' },
      );
    },
    /** Commands, what they forked, and the shims before them, that are alive. */
    commandProcesses: async (): Promise<readonly CommandProcess[]> => {
      const runs = (await Promise.all(loaded.map(({ pipeline }) => runsOf(pipeline.name)))).flat();
      return processesOf(new Set(runs.map(({ runId }) => runId)), witnesses());
    },
    /** Ends every process that is left, and checks that nothing of the deployment remains. */
    end: async (): Promise<void> => {
      const seen = witnesses();
      const runs = new Set(seen.map(({ run }) => run));
      await Promise.all(processes.map((one) => one.kill9()));
      connection.disconnect();
      await redis.stop();
      try {
        await waitFor(() => processesOf(runs, seen).length === 0, {
          what: 'the end of every process of the deployment',
        });
      } finally {
        for (const { pid } of processesOf(runs, seen)) process.kill(pid, 'SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      }
      if (existsSync(folder)) throw new Error(`${folder} is left`);
    },
  };
};
