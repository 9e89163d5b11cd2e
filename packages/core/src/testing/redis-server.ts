import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, openSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { binaryInCache, binaryOnPath, freePort, type RedisBinary } from '../embedded/index.ts';
import { waitFor } from './wait-for.ts';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Of the server that runs now. */
  readonly pid: number;
  readonly dir: string;
  /** SIGKILL; answers once it is gone. */
  kill9(): Promise<void>;
  /** On the same port and folder; a server that still runs is stopped first. */
  restart(): Promise<void>;
  /** Ends it, and removes the folder if `startRedis` made it. */
  stop(): Promise<void>;
  /** SIGSTOP: it hangs, and its clients with it. */
  pause(): void;
  resume(): void;
}

export interface RedisOptions {
  readonly port?: number;
  readonly args?: readonly string[];
  readonly dir?: string;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A real Redis (or Valkey) for tests: own port, own folder, AOF with an fsync on every write. `args` come last and win,
 * e.g. `['--maxmemory-policy', 'allkeys-lru']`. It dies with the process that started it, however that ends.
 */
export const startRedis = async ({ port, args = [], dir, env = {} }: RedisOptions = {}): Promise<TestRedis> => {
  const binary = await installedBinary();
  const folder = dir ?? mkdtempSync(join(tmpdir(), 'millrace-redis-'));
  // Below the ports that the system gives out by itself: until the server listens nobody else may get it.
  const chosenPort = port ?? (await freePort(10_000 + Math.floor(Math.random() * 20_000)));
  const url = `redis://127.0.0.1:${chosenPort}`;
  let server = await launch(binary, folder, chosenPort, args, env);

  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill(signal);
    await gone;
  };
  return {
    url,
    port: chosenPort,
    get pid() {
      return server.pid!;
    },
    dir: folder,
    kill9: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      server = await launch(binary, folder, chosenPort, args, env);
    },
    stop: async () => {
      await end('SIGTERM');
      if (dir === undefined) rmSync(folder, { recursive: true, force: true });
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
  };
};

const installedBinary = async (): Promise<RedisBinary> => {
  const onPath = await binaryOnPath();
  const { binary, reason } = onPath.binary ? onPath : await binaryInCache('.millrace');
  if (!binary) throw new Error(`tests need a Redis server: ${onPath.reason}; ${reason}. \`npm test\` installs one.`);
  return binary;
};

const launch = async (
  binary: RedisBinary,
  dir: string,
  port: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ChildProcess> => {
  const log = openSync(join(dir, 'redis.log'), 'a');
  const settings = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--maxmemory-policy',
    'noeviction',
  ];
  const server = spawn(binary.path, [...settings, ...args], {
    env: { ...process.env, ...binary.env, ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (server.pid !== undefined) dieTogether(server);
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    password: passwordIn(args),
  });
  client.on('error', () => {});
  try {
    await Promise.race([
      waitFor(() => answers(client), { timeoutMs: 30_000, what: `the Redis server on port ${port}` }),
      failOnExit(server, dir),
    ]);
  } finally {
    client.disconnect();
  }
  return server;
};

/** The watcher's input closes when this process ends, also by SIGKILL, when no handler of ours runs. */
const dieTogether = (server: ChildProcess): void => {
  const watcher = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -KILL "$0"', String(server.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  server.once('exit', () => watcher.kill('SIGKILL'));
};

const failOnExit = (server: ChildProcess, dir: string): Promise<never> =>
  new Promise((_resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () =>
      reject(
        new Error(
          `the server ended: ${readFileSync(join(dir, 'redis.log'), 'utf8').trim().split('\n').slice(-3).join(' | ')}`,
        ),
      ),
    );
  });

const answers = async (client: Redis): Promise<boolean> => {
  if (client.status === 'wait' || client.status === 'end') await client.connect();
  return (await client.ping()) === 'PONG';
};

const passwordIn = (args: readonly string[]): string | undefined => {
  const at = args.indexOf('--requirepass');
  return at < 0 ? undefined : args[at + 1];
};
