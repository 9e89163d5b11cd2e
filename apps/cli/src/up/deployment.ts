import { setTimeout as delay } from 'node:timers/promises';
import { type Client, createClient, UnreachableError, ApiError } from '@millrace/client';
import { adminToken, type Config } from '@millrace/core/config';
import { MillraceError } from '@millrace/core/domain';
import { freePort, onRedis } from '@millrace/core/embedded';
import { CliError, EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import type { ProcessName } from './main-files.ts';
import type { ShowLine } from './show-log.ts';
import { type Supervised, supervise } from './supervise.ts';

export interface Deployment {
  readonly url: string;
  readonly api: Client;
  /** Null: it was configured, and is nobody's business. */
  readonly generatedToken: string | null;
  /** Rejects when a process ended before it was ever ready. */
  readonly ready: Promise<void>;
  /** Workers drain, then the rest stops, then the embedded Redis; answers when nothing is left. */
  stop(): Promise<void>;
  kill(): void;
}

/** SIGKILL comes this long after the time that a worker has for its drain. */
const KILL_AFTER_DRAIN_MS = 10_000;

/**
 * Every process of a deployment on this machine, as children in this process group, on the configured or an embedded Redis.
 * @throws CliError when there is no Redis that may be used
 */
export const startDeployment = async (
  config: Config,
  options: {
    workers: number;
    env: NodeJS.ProcessEnv;
    secrets: NodeJS.ProcessEnv;
    terminal: Terminal;
    showLine: ShowLine /** Ends a wait for Redis. */;
    signal: AbortSignal;
  },
): Promise<Deployment> => {
  const { terminal } = options;
  const redis = await redisFor(config, terminal, options.signal);
  const { token } = adminToken(config);
  const port = config.port === 0 ? await freePort(null) : config.port;
  const url = `http://${shownHost(config.host)}:${port}`;
  // An embedded Redis is found by each child through the data folder: the last of them to end stops it, also when this process is killed.
  const env = { ...options.env, MILLRACE_PORT: String(port), MILLRACE_ADMIN_TOKEN_FILE: '' };
  const { MILLRACE_ADMIN_TOKEN: _, ...ofAll } = options.secrets;
  const client = createClient({ url, token });
  const stopped = new AbortController();
  const begin = (process: ProcessName, label: string): Supervised =>
    supervise({
      process,
      label,
      env,
      secrets: process === 'api' ? { ...ofAll, MILLRACE_ADMIN_TOKEN: token } : ofAll,
      onLine: options.showLine,
      onRestart: (who, why, waitMs) => terminal.say(`${terminal.paint('yellow', `${who} ${why}`)}; restarting in ${waitMs / 1_000} s`),
    });
  const api = begin('api', 'api');
  const scheduler = begin('scheduler', 'scheduler');
  const workers = Array.from({ length: options.workers }, (_, index) => begin('worker', options.workers === 1 ? 'worker' : `worker-${index + 1}`));
  const all = [api, scheduler, ...workers];

  const ready = Promise.race([untilReady(client, all, workers, stopped.signal), ...all.map(endedEarly)]).then(() => {
    for (const child of all) child.markReady();
  });
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    stopped.abort();
    for (const child of all) child.letEnd();
    const killAfter = config.drainMs + KILL_AFTER_DRAIN_MS;
    await Promise.all(workers.map((worker) => worker.stop(killAfter)));
    await Promise.all([api, scheduler].map((child) => child.stop(killAfter)));
    await redis.stop();
  };
  return {
    url,
    api: client,
    generatedToken: config.adminToken === null ? token : null,
    ready,
    stop: () => (stopping ??= stop()),
    kill: () => all.forEach((child) => child.kill()),
  };
};

const redisFor = async (config: Config, terminal: Terminal, signal: AbortSignal) => {
  try {
    return await onRedis(
      {
        redisUrl: config.redisUrl ?? undefined,
        redisCa: config.redisCa,
        dataDir: config.dataDir,
        allowVolatile: config.allowVolatile,
        signal,
        log: (line) => terminal.say(line),
        warn: ({ message }) => terminal.say(`${terminal.paint('yellow', 'Redis:')} ${message}`),
      },
      async (redis) => redis,
    );
  } catch (error) {
    if (error instanceof MillraceError) throw new CliError(EXIT.unreachable, error.message, { cause: error });
    throw error;
  }
};

/** Where people reach what is bound to every address. */
const shownHost = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host);

const endedEarly = async (child: Supervised): Promise<never> => {
  const code = await child.ended;
  throw new CliError(EXIT.failed, `${child.label} ended before it was ready (${code === null ? 'killed' : `code ${code}`})`);
};

/** The API serves, and every worker has registered once: what is started now runs. What a stage then does to a worker is no failed start. */
const untilReady = async (api: Client, all: readonly Supervised[], workers: readonly Supervised[], signal: AbortSignal): Promise<void> => {
  for (;;) {
    if ((await answers(api, signal)) && all.every((child) => child.pid !== null || child.isReady()) && workers.every((worker) => worker.isReady())) return;
    await delay(100, undefined, { signal });
  }
};

const answers = async (api: Client, signal: AbortSignal): Promise<boolean> => {
  try {
    await api.workers({ limit: 1 }, signal);
    return true;
  } catch (error) {
    if (error instanceof UnreachableError || (error instanceof ApiError && error.status === 503)) return false;
    throw error;
  }
};
