import { addressOf } from '../redis/index.ts';
import { askRedis } from './ask-redis.ts';
import { whyNoApt } from './fetch-by-apt.ts';
import { binaryInCache, binaryOnPath, type RedisBinary } from './find-binary.ts';
import { ServerFolder } from './server-folder.ts';

export interface RedisOptions {
  /** The value of REDIS_URL; absent or empty: an embedded server. */
  readonly redisUrl?: string | undefined;
  /** PEM; see `tlsOf`. */
  readonly redisCa?: string | null;
  /** The data folder; the server lives in `<dataDir>/redis`, a fetched program in `<dataDir>/cache`. */
  readonly dataDir: string;
  readonly log: (line: string) => void;
}

/** One place searched for a Redis, in order. */
export interface DecisionStep {
  readonly step: 'REDIS_URL' | 'running server' | 'PATH' | 'project cache' | 'apt without root';
  /** `chosen` occurs once, and last. */
  readonly outcome: 'chosen' | 'passed' | 'failed';
  readonly reason: string;
}

export type RedisChoice =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'running'; readonly url: string; readonly pid: number }
  | { readonly kind: 'binary'; readonly binary: RedisBinary }
  | { readonly kind: 'fetch' }
  /** `cause`: why the named Redis cannot be used. */
  | { readonly kind: 'none'; readonly cause?: Error };

/** The Redis that would be used, and every step of the search; starts and fetches nothing. */
export const decideRedis = async (
  options: RedisOptions,
): Promise<{ readonly choice: RedisChoice; readonly steps: readonly DecisionStep[] }> => {
  const steps: DecisionStep[] = [];
  const note = (step: DecisionStep['step'], outcome: DecisionStep['outcome'], reason: string) =>
    steps.push({ step, outcome, reason });

  if (options.redisUrl) {
    const cause = await askRedis(options.redisUrl, () => Promise.resolve(null), { ca: options.redisCa ?? null }).catch(
      (error: Error) => error,
    );
    note('REDIS_URL', cause === null ? 'chosen' : 'failed', cause?.message ?? `${addressOf(options.redisUrl)} answers`);
    return { choice: cause === null ? { kind: 'url', url: options.redisUrl } : { kind: 'none', cause }, steps };
  }
  note('REDIS_URL', 'passed', 'not set');

  const folder = new ServerFolder(options.dataDir);
  const running = await runningServer(folder);
  if (running) {
    note('running server', 'chosen', `process ${running.pid} serves ${folder.path} at ${addressOf(running.url)}`);
    return { choice: { kind: 'running', ...running }, steps };
  }
  note('running server', 'passed', `none serves ${folder.path}`);

  const onPath = await binaryOnPath();
  note('PATH', onPath.binary ? 'chosen' : 'passed', onPath.reason);
  if (onPath.binary) return { choice: { kind: 'binary', binary: onPath.binary }, steps };

  const cached = await binaryInCache(options.dataDir);
  note('project cache', cached.binary ? 'chosen' : 'passed', cached.reason);
  if (cached.binary) return { choice: { kind: 'binary', binary: cached.binary }, steps };

  const noApt = whyNoApt();
  note(
    'apt without root',
    noApt ? 'failed' : 'chosen',
    noApt ?? 'apt-get and dpkg-deb are here: they fetch a server into the project cache',
  );
  return { choice: noApt ? { kind: 'none' } : { kind: 'fetch' }, steps };
};

const runningServer = async (folder: ServerFolder): Promise<{ readonly url: string; readonly pid: number } | null> => {
  const living = folder.livingServer();
  if (living) return { url: living.url, pid: living.process.pid };
  const url = folder.recordedUrl();
  if (!url) return null;
  // Only this folder's server has this password, so that is what answered.
  return askRedis(url, async (redis) => ({
    url,
    pid: Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]),
  })).catch(() => null);
};

/** The output of `millrace doctor redis`. */
export const formatDecision = (steps: readonly DecisionStep[]): string =>
  steps
    .map(
      ({ step, outcome, reason }) =>
        `${{ chosen: '+', passed: '-', failed: 'x' }[outcome]} ${step.padEnd(16)}  ${reason}`,
    )
    .join('\n');

export const INSTALL_HINTS = [
  'Debian, Ubuntu:  sudo apt-get install -y redis-server',
  'Fedora, RHEL:    sudo dnf install -y valkey',
  'Alpine:          apk add valkey',
  'macOS:           brew install valkey',
  'Docker:          docker run -d -p 127.0.0.1:6379:6379 valkey/valkey:8 valkey-server --appendonly yes --appendfsync always --maxmemory-policy noeviction, then REDIS_URL=redis://127.0.0.1:6379',
] as const;
