import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import { type Config, type Environment, readConfig, VARIABLES, wideFolder } from '@millrace/core/config';
import { loadPipelines } from '@millrace/core/definition';
import { MillraceError, sayStranded } from '@millrace/core/domain';
import { askRedis, checkRedis, decideRedis, type RedisChoice } from '@millrace/core/embedded';
import { strandedStages } from '@millrace/core/engine';
import type { Store } from '@millrace/core/ports';
import { addressOf, connectRedis, redisStore, requestOptions } from '@millrace/core/redis';
import { type RunningDeployment, runningDeployment } from '../up/running-deployment.ts';

export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'wrong';
  readonly says: string;
  /** How to fix it; null: nothing to fix. */
  readonly fix: string | null;
}

/** Checks whether Millrace can run on this machine. Starts and changes nothing. */
export const findings = async (environment: Environment): Promise<readonly Finding[]> => {
  const node = nodeVersion(process.versions.node);
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return [
      node,
      ...error.errors.map(({ path, message }) =>
        wrong('config', `${path} ${message}`, `correct ${path} in the environment`),
      ),
    ];
  }
  const running = runningDeployment(config.dataDir);
  if (running) config = readConfig(environmentOf(running, environment), running.cwd);
  const isHidden = running?.ownRedis === true && config.redisUrl === null;
  const { choice, steps } = await decideRedis({
    redisUrl: config.redisUrl ?? undefined,
    redisCa: config.redisCa,
    dataDir: config.dataDir,
    log: () => {},
  });
  const chosen = steps.at(-1)!;
  const redis = isHidden
    ? warning(
        'redis',
        'the deployment uses a REDIS_URL with a password, which is not saved to disk',
        'set the same REDIS_URL so that doctor can check that server',
      )
    : choice.kind === 'none'
      ? wrong(
          'redis',
          `${chosen.step}: ${chosen.reason}`,
          '"millrace doctor redis" shows every step; set REDIS_URL or install redis-server',
        )
      : ok('redis', `${chosen.step}: ${chosen.reason}`);
  return [
    node,
    ok('config', 'all variables are valid'),
    ...(running
      ? [
          ok(
            'deployment',
            `process ${running.pid} runs here${running.url === null ? '' : ` at ${running.url}`}: these are its settings`,
          ),
        ]
      : []),
    redis,
    ...(isHidden ? [] : await serverOf(choice, config)),
    ...(await Promise.all(config.lockUrls.map((url) => lockNode(url, config.redisCa)))),
    await dataFolder(config.dataDir),
    await disk(config.dataDir),
    await port(config),
    ...(await definitions(config, running?.cwd ?? process.cwd())),
  ];
};

/** The environment of the running deployment; secrets are not saved, so they come from this process. */
const environmentOf = (running: RunningDeployment, own: Environment): Environment => {
  const secrets = Object.entries(VARIABLES).flatMap(([name, variable]) =>
    'secret' in variable && own[name] ? [[name, own[name]] as const] : [],
  );
  const port = running.url === null ? {} : { MILLRACE_PORT: new URL(running.url).port };
  return { ...Object.fromEntries(secrets), ...running.environment, ...port };
};

const ok = (check: string, says: string): Finding => ({ check, verdict: 'ok', says, fix: null });
const wrong = (check: string, says: string, fix: string): Finding => ({ check, verdict: 'wrong', says, fix });
const warning = (check: string, says: string, fix: string): Finding => ({ check, verdict: 'warning', says, fix });

const nodeVersion = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19)
    ? ok('node', `version ${version}`)
    : wrong('node', `version ${version} is too old`, 'install Node 20.19 or newer (https://nodejs.org)');
};

const serverOf = async (choice: RedisChoice, config: Config): Promise<readonly Finding[]> => {
  if (choice.kind !== 'url' && choice.kind !== 'running') return [];
  try {
    const problems = await checkRedis(choice.url, { allowVolatile: config.allowVolatile, ca: config.redisCa });
    const settings = problems.map(({ severity, message }) =>
      (severity === 'refusal' ? wrong : warning)(
        'redis',
        message,
        'set it in redis.conf, or with CONFIG SET and CONFIG REWRITE',
      ),
    );
    return [
      ...(settings.length > 0 ? settings : [ok('redis', 'durable, a master, no eviction')]),
      ...(await askedOf(choice.url, config)),
    ];
  } catch (error) {
    return [wrong('redis', (error as Error).message, 'start that server, or correct REDIS_URL')];
  }
};

const lockNode = async (url: string, ca: string | null): Promise<Finding> => {
  try {
    await askRedis(url, () => Promise.resolve(), { ca });
    return ok('lock node', `${addressOf(url)} answers`);
  } catch (error) {
    return wrong('lock node', (error as Error).message, 'start that server, or correct MILLRACE_LOCK_URLS');
  }
};

const askedOf = async (url: string, { prefix, redisCa }: Config): Promise<readonly Finding[]> => {
  const redis = await connectRedis(url, requestOptions, redisCa);
  try {
    return [await clockSkew(redis), ...(await stranded(redisStore(redis, prefix)))];
  } finally {
    redis.disconnect();
  }
};

/** Redis's clock is authoritative; a machine whose clock differs only shows confusing times. */
const SKEW_MS = 2_000;
const clockSkew = async (redis: Awaited<ReturnType<typeof connectRedis>>): Promise<Finding> => {
  const before = Date.now();
  const [seconds, micros] = await redis.time();
  const skew = Math.round(Number(seconds) * 1_000 + Number(micros) / 1_000 - (before + Date.now()) / 2);
  return Math.abs(skew) <= SKEW_MS
    ? ok('clock', `within ${Math.abs(skew)} ms of Redis's`)
    : warning(
        'clock',
        `${Math.abs(skew)} ms ${skew > 0 ? 'behind' : 'ahead of'} Redis's`,
        'synchronise the clocks (timedatectl set-ntp true)',
      );
};

const stranded = async (store: Store): Promise<readonly Finding[]> =>
  (await strandedStages(store)).map(({ since, ...group }) =>
    warning(
      'workers',
      sayStranded({ ...group, since: new Date(since).toISOString() }),
      `start a worker with the definition of that version, or move the runs to the current one with "millrace restart": millrace runs --pipeline ${group.pipeline} lists them`,
    ),
  );

const dataFolder = async (path: string): Promise<Finding> => {
  const folder = await existing(path);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    const { mode } = await stat(folder);
    const wide = folder === path ? wideFolder(path, mode) : null;
    if (wide !== null) return warning('data folder', wide.says, wide.fix);
    return ok('data folder', folder === path ? `${path} is writable` : `${path} can be created`);
  } catch (error) {
    return wrong(
      'data folder',
      `${folder} is not writable: ${(error as NodeJS.ErrnoException).code}`,
      `give this user write access to ${folder}, or set MILLRACE_DATA_DIR`,
    );
  }
};

const LEAST_FREE = 1024 ** 3;
const disk = async (path: string): Promise<Finding> => {
  const { bavail, bsize } = await statfs(await existing(path));
  const free = bavail * bsize;
  const says = `${(free / 1024 ** 3).toFixed(1)} GiB free in ${path}`;
  return free >= LEAST_FREE
    ? ok('disk', says)
    : warning('disk', says, 'free some space: artifacts and the event log are stored there');
};

/** The folder, or its nearest existing parent. */
const existing = async (path: string): Promise<string> => {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return there || dirname(path) === path ? path : existing(dirname(path));
};

const port = async ({ host, port: number }: Config): Promise<Finding> => {
  if (number === 0 || !(await isTaken(host, number)))
    return ok('port', number === 0 ? 'any free port' : `${host}:${number} is free`);
  const isOurs = await fetch(`http://${host}:${number}/healthz`)
    .then(
      async (response) => ((await response.json()) as { status?: string }).status === 'ok',
      () => false,
    )
    .catch(() => false);
  return isOurs
    ? ok('port', `a Millrace API answers on ${host}:${number}`)
    : wrong('port', `something else answers on ${host}:${number}`, 'stop it, or set MILLRACE_PORT');
};

const isTaken = (host: string, number: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host, port: number, timeout: 1_000 });
    const answer = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket
      .once('connect', () => answer(true))
      .once('error', () => answer(false))
      .once('timeout', () => answer(false));
  });

const definitions = async ({ pipelines }: Config, cwd: string): Promise<readonly Finding[]> => {
  const { loaded, problems } = await loadPipelines(pipelines, cwd, { handlers: false });
  const names = loaded.map(({ pipeline }) => pipeline.name);
  return [
    ...(names.length > 0
      ? [ok('definitions', `${names.length} pipelines: ${names.slice(0, 10).join(', ')}`)]
      : [
          warning(
            'definitions',
            `no pipeline in ${pipelines.join(', ')}`,
            'set MILLRACE_PIPELINES to the folders with your pipeline files',
          ),
        ]),
    ...problems.map(({ message }) =>
      wrong('definitions', message, 'correct the file; run "millrace validate" to check it again'),
    ),
  ];
};
