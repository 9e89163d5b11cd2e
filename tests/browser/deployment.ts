/**
 * A whole deployment as a user has it, on a Redis of its own: the API with the dashboard, workers and a scheduler, from
 * their build.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@millrace/core/embedded';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import type { WireRun, WireRunAtGates } from '@millrace/core/wire';
import { type App, type AppProcess, startApp } from '../integration/chaos/app-process.ts';

export const FIXTURES = fileURLToPath(new URL('pipelines', import.meta.url));
const TOKEN = 'a-token-of-the-browser-tests-0123456789';

export interface DeploymentOptions {
  /** Folders of pipeline files; the fixtures by default. */
  readonly pipelines?: readonly string[];
  /** Worker processes; 1 by default. */
  readonly workers?: number;
  /** Given to every process; wins over what is set here. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One process that a test may take away and bring back. */
export interface Part {
  /** SIGKILL; answers once it is gone. */
  kill(): Promise<void>;
  /**
   * Answers once it is ready again, at the same address. `changed`: settings that are others from now on, until the
   * next restart.
   */
  restart(changed?: Readonly<Record<string, string>>): Promise<void>;
}

export interface Deployment {
  readonly url: string;
  readonly token: string;
  readonly redis: TestRedis;
  readonly dataDir: string;
  readonly api: Part;
  /** The first one. */
  readonly worker: Part;
  readonly scheduler: Part;
  /** The API as a program uses it. Throws on a problem, with its detail. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Starts a run; answers its id. `more`: further fields of the request. */
  start(
    pipeline: string,
    params?: Readonly<Record<string, unknown>>,
    more?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** The run, once it has one of the states. */
  untilRun(runId: string, ...states: readonly string[]): Promise<WireRunAtGates>;
  /** Lets every `slow` stage succeed, also those to come. */
  letSlowEnd(): void;
  stop(): Promise<void>;
}

/** Answers once everything is ready. What was started is ended by `stop`, or with this process. */
export const startDeployment = async ({
  pipelines = [FIXTURES],
  workers = 1,
  env = {},
}: DeploymentOptions = {}): Promise<Deployment> => {
  const redis = await startRedis();
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-browser-'));
  const port = await freePort(null);
  const settings = {
    ...emptied(),
    REDIS_URL: redis.url,
    MILLRACE_PORT: String(port),
    MILLRACE_PIPELINES: pipelines.join(','),
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_ADMIN_TOKEN: TOKEN,
    MILLRACE_DRAIN_MS: '500',
    ...env,
  };
  const parts: (Part & { end(): Promise<void> })[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.end()));
    await redis.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const begin = async (app: App) => {
    const part = await startPart(app, settings);
    parts.push(part);
    return part;
  };
  try {
    const [api, scheduler, worker] = await Promise.all([
      begin('api'),
      begin('scheduler'),
      ...Array.from({ length: workers }, () => begin('worker')),
    ]);
    const url = `http://127.0.0.1:${port}`;
    const call = caller(url);
    return {
      url,
      token: TOKEN,
      redis,
      dataDir,
      api,
      scheduler,
      worker: worker ?? missing('worker'),
      call,
      start: async (pipeline, params = {}, more = {}) =>
        (await call<WireRun>('POST', `/api/v1/pipelines/${pipeline}/runs`, { params, ...more })).run_id,
      untilRun: (runId, ...states) =>
        waitFor(
          async () => {
            const run = await call<WireRunAtGates>('GET', `/api/v1/runs/${runId}`);
            if (states.includes(run.status)) return run;
            throw new Error(`it is ${run.status} ${JSON.stringify(run.error)}`);
          },
          { timeoutMs: 60_000, what: `run ${runId} to be ${states.join(' or ')}` },
        ),
      letSlowEnd: () => writeFileSync(join(dataDir, 'let-slow-end'), ''),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** What this shell is set up for reaches no process of ours: empty counts as absent. */
const emptied = (): Record<string, string> =>
  Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.startsWith('MILLRACE_') || name === 'REDIS_URL' || name === 'NODE_OPTIONS')
      .map((name) => [name, '']),
  );

const startPart = async (app: App, settings: Readonly<Record<string, string>>) => {
  let running: AppProcess = await startApp(app, settings);
  return {
    kill: () => running.kill9(),
    restart: async (changed = {}) => {
      await running.kill9();
      running = await startApp(app, { ...settings, ...changed });
    },
    end: async () => {
      const grace = setTimeout(() => void running.kill9(), 10_000);
      await running.end();
      clearTimeout(grace);
    },
  };
};

const missing = (app: App): Part => {
  const refuse = () => Promise.reject(new Error(`the deployment was started without a ${app}`));
  return { kill: refuse, restart: refuse };
};

const caller =
  (url: string) =>
  async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
