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
  /** Null: the token was configured, and is not shown. */
  readonly generatedToken: string | null;
  /** Rejects if a process exits before it was ready. */
  readonly ready: Promise<void>;
  /** Drains the workers, then stops the rest and the embedded Redis; resolves when everything has stopped. */
  stop(): Promise<void>;
  kill(): void;
}

/** SIGKILL follows this long after a worker's drain time. */
const KILL_AFTER_DRAIN_MS = 10_000;

/**
 * Runs every process of a deployment on this machine as children in this process group, on the configured or an
 * embedded Redis.
 * @throws CliError when there is no Redis that may be used
 */
export const startDeployment = async (
  config: Config,
  options: {
    workers: number;
    env: NodeJS.ProcessEnv;
    secrets: NodeJS.ProcessEnv;
    terminal: Terminal;
    showLine: ShowLine /** Aborts a wait for Redis. */;
    signal: AbortSignal;
  },
): Promise<Deployment> => {
  const { terminal } = options;
  const redis = await redisFor(config, terminal, options.signal);
  const { token } = adminToken(config);
  const port = config.port === 0 ? await freePort(null) : config.port;
  const url = `http://${shownHost(config.host)}:${port}`;
  // Each child finds an embedded Redis through the data folder: the last one to exit stops it, even if this process was
  // killed.
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
      onRestart: (who, why, waitMs) =>
        terminal.say(`${terminal.paint('yellow', `${who} ${why}`)}; restarting in ${waitMs / 1_000} s`),
    });
  const api = begin('api', 'api');
  const scheduler = begin('scheduler', 'scheduler');
  const workers = Array.from({ length: options.workers }, (_, index) =>
    begin('worker', options.workers === 1 ? 'worker' : `worker-${index + 1}`),
  );
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

/** The address to show for a server bound to every address. */
const shownHost = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;

const endedEarly = async (child: Supervised): Promise<never> => {
  const code = await child.ended;
  throw new CliError(
    EXIT.failed,
    `${child.label} ended before it was ready (${code === null ? 'killed' : `code ${code}`})`,
  );
};

/**
 * Resolves when the API serves and every worker has registered once: runs started now can execute. A stage that crashes
 * a worker later is not a failed start.
 */
const untilReady = async (
  api: Client,
  all: readonly Supervised[],
  workers: readonly Supervised[],
  signal: AbortSignal,
): Promise<void> => {
  for (;;) {
    if (
      (await answers(api, signal)) &&
      all.every((child) => child.pid !== null || child.isReady()) &&
      workers.every((worker) => worker.isReady())
    )
      return;
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
