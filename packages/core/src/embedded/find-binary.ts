import { execFile } from 'node:child_process';
import { constants, accessSync, readdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** A server binary and the environment it needs. */
export interface RedisBinary {
  readonly path: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Valkey first, because Redis 8's licences do not apply to it. */
const NAMES = ['valkey-server', 'redis-server'] as const;
const OLDEST = [6, 2] as const;

/** The first recent enough `valkey-server` or `redis-server` on PATH, and why each one before it was rejected. */
export const binaryOnPath = async (
  path = process.env.PATH ?? '',
): Promise<{ readonly binary: RedisBinary | null; readonly reason: string }> => {
  const found = NAMES.flatMap((name) =>
    path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, name)),
  ).filter(isExecutable);
  return firstUsable(found, {}, 'no valkey-server or redis-server on PATH');
};

/** The binary unpacked earlier by `fetchByApt` under `<dataDir>/cache/redis`. */
export const binaryInCache = async (
  dataDir: string,
): Promise<{ readonly binary: RedisBinary | null; readonly reason: string }> => {
  const root = cacheFolder(dataDir);
  const found = NAMES.map((name) => join(root, 'usr/bin', name)).filter(isExecutable);
  return firstUsable(found, { LD_LIBRARY_PATH: librariesOf(root) }, `nothing in ${root}`);
};

export const cacheFolder = (dataDir: string): string => resolve(dataDir, 'cache', 'redis');

const firstUsable = async (paths: readonly string[], env: Readonly<Record<string, string>>, nothing: string) => {
  const reasons: string[] = [];
  for (const path of paths) {
    const version = await versionOf(path, env);
    if (version.number && isNewEnough(version.number))
      return { binary: { path, version: version.number, env }, reason: `${path} is ${version.number}` };
    reasons.push(
      version.number
        ? `${path} is ${version.number}, older than ${OLDEST.join('.')}`
        : `${path} does not start: ${version.error}`,
    );
  }
  return { binary: null, reason: reasons.join('; ') || nothing };
};

/** `Redis server v=7.0.15 sha=…` or `Valkey server v=8.1.1 sha=…`. */
const versionOf = async (
  path: string,
  env: Readonly<Record<string, string>>,
): Promise<{ number: string | null; error: string }> => {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], {
      env: { ...process.env, ...env },
      timeout: 10_000,
    });
    return {
      number: /\bv=(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null,
      error: `its --version printed ${JSON.stringify(stdout.trim().slice(0, 100))}`,
    };
  } catch (error) {
    return { number: null, error: (error as Error).message.trim().split('\n').at(-1) ?? '' };
  }
};

export const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
};

/** Debian keeps shared objects in usr/lib/<machine>, older packages in lib/<machine>. */
const librariesOf = (root: string): string =>
  ['usr/lib', 'lib']
    .flatMap((folder) => foldersIn(join(root, folder)))
    .filter((folder) => folder.includes('-linux-'))
    .join(':');

const foldersIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
