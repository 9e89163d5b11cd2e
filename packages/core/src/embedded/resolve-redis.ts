import { backoff, MillraceError } from '../domain/index.ts';
import { retry } from '../engine/index.ts';
import { askRedis } from './ask-redis.ts';
import { attachUser } from './attached-users.ts';
import { decideRedis, INSTALL_HINTS, type DecisionStep, type RedisOptions } from './decision.ts';
import { fetchByApt } from './fetch-by-apt.ts';
import { binaryInCache, type RedisBinary } from './find-binary.ts';
import { withFolderLock } from './folder-lock.ts';
import { ServerFolder } from './server-folder.ts';
import { startServer, stopServer } from './start-server.ts';

export interface ResolvedRedis {
  /** Contains the password; keep it out of logs. */
  readonly url: string;
  readonly embedded: boolean;
  /** Of the embedded server at the time of this call, else null. */
  readonly pid: number | null;
  readonly decision: readonly DecisionStep[];
  /** Releases the server; idempotent. */
  stop(): Promise<void>;
}

/** How often a process that uses the embedded server checks that it is alive, ms. */
const WATCH_MS = 500;

/**
 * The Redis to use. With `redisUrl`, only that one: if it does not answer, `store_unavailable` names its address.
 * Without, an embedded server under `<dataDir>/redis`: durable (AOF, fsync on every write), on loopback, with a
 * password, and shared by all processes of the data folder.
 *
 * The processes that use it share its ownership: any may start it, each is recorded, and the last one to call `stop`
 * ends it. Killed processes do not count. If all were killed, the server stays, and the next process takes it over. Its
 * users watch it: if it dies, one of them restarts it on the same port, with its data.
 */
export const resolveRedis = async (options: RedisOptions): Promise<ResolvedRedis> => {
  if (options.redisUrl) return outside(options);
  const folder = new ServerFolder(options.dataDir);
  folder.create();
  const { server, decision, user } = await withFolderLock(folder.path, async () => {
    const found = await ensureServer(options, folder);
    return { ...found, user: attachUser(folder.file('users')) };
  });
  const watch = watchServer(options, folder);
  let stopping: Promise<void> | null = null;
  return {
    url: server.url,
    embedded: true,
    pid: server.pid,
    decision,
    stop: () => (stopping ??= watch.end().then(() => leave(folder, user))),
  };
};

/** The Redis that would be used; starts and fetches nothing. */
export const explainRedis = async (options: Omit<RedisOptions, 'log'>): Promise<readonly DecisionStep[]> =>
  (await decideRedis({ ...options, log: () => {} })).steps;

const outside = async (options: RedisOptions): Promise<ResolvedRedis> => {
  const { choice, steps } = await decideRedis(options);
  if (choice.kind !== 'url')
    throw new MillraceError(
      'store_unavailable',
      `${steps.at(-1)?.reason} (REDIS_URL is set, so no embedded server is started; unset it to get one)`,
      {
        errors: [{ path: 'REDIS_URL', message: steps.at(-1)?.reason ?? '' }],
        cause: choice.kind === 'none' ? choice.cause : undefined,
      },
    );
  return { url: choice.url, embedded: false, pid: null, decision: steps, stop: () => Promise.resolve() };
};

type Server = { readonly url: string; readonly pid: number };

/** Call it only while the folder is locked. */
const ensureServer = async (
  options: RedisOptions,
  folder: ServerFolder,
): Promise<{ server: Server; decision: readonly DecisionStep[] }> => {
  const { choice, steps } = await decideRedis(options);
  if (choice.kind === 'running') {
    folder.recordProcess(choice.pid);
    await untilServes(choice);
    return { server: choice, decision: steps };
  }
  if (choice.kind === 'binary') return { server: await start(choice.binary, folder, options), decision: steps };
  if (choice.kind === 'fetch') {
    const fetched = await fetchByApt(options.dataDir, options.log).then(
      () => binaryInCache(options.dataDir),
      (error: Error) => ({ binary: null, reason: error.message }),
    );
    const last: DecisionStep = {
      step: 'apt without root',
      outcome: fetched.binary ? 'chosen' : 'failed',
      reason: fetched.reason,
    };
    const decision = [...steps.slice(0, -1), last];
    if (fetched.binary) return { server: await start(fetched.binary, folder, options), decision };
    throw noServer(decision);
  }
  throw noServer(steps);
};

/** Its starter may have been killed while the server loads its data: waits as long as it is alive and loading. */
const untilServes = (server: Server): Promise<void> =>
  retry(() => askRedis(server.url, () => Promise.resolve(), { timeoutMs: 10_000 }), {
    pauses: backoff(100),
    retryIf: (error) => /LOADING/.test((error as Error).message),
  });

const start = async (binary: RedisBinary, folder: ServerFolder, options: RedisOptions): Promise<Server> => {
  const server = await startServer(folder, binary);
  options.log(
    `embedded Redis ${binary.version} serves ${folder.path} on 127.0.0.1:${server.port} (process ${server.pid})`,
  );
  return server;
};

const noServer = (steps: readonly DecisionStep[]): MillraceError =>
  new MillraceError(
    'store_unavailable',
    [
      'There is no Redis. Tried:',
      ...steps.map(({ step, reason }) => `  ${step}: ${reason}`),
      'Set REDIS_URL, or install a server:',
      ...INSTALL_HINTS.map((hint) => `  ${hint}`),
    ].join('\n'),
    { errors: steps.map(({ step, reason }) => ({ path: step, message: reason })) },
  );

const watchServer = (options: RedisOptions, folder: ServerFolder): { end(): Promise<void> } => {
  let reviving: Promise<void> | null = null;
  const timer = setInterval(() => {
    if (reviving || folder.livingServer()) return;
    options.log('the embedded Redis died; restarting it');
    reviving = withFolderLock(folder.path, async () => void (await ensureServer(options, folder)))
      .catch((error: Error) => options.log(error.message))
      .finally(() => (reviving = null));
  }, WATCH_MS);
  timer.unref();
  return {
    end: async () => {
      clearInterval(timer);
      await reviving;
    },
  };
};

const leave = (folder: ServerFolder, user: ReturnType<typeof attachUser>): Promise<void> =>
  withFolderLock(folder.path, async () => {
    const { othersLeft } = user.detach();
    const server = folder.livingServer();
    if (!othersLeft && server) await stopServer(server.process.pid);
  });
