import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './find-binary.ts';

const APT = '/usr/bin/apt-get';
const DPKG = '/usr/bin/dpkg-deb';

/** Null if apt is usable here, else the reason why not. */
export const whyNoApt = (): string | null => {
  const missing = [APT, DPKG].filter((path) => !existsSync(path));
  return missing.length === 0 ? null : `${missing.join(' and ')} not found`;
};

/**
 * Fetches Valkey, or else Redis, into `<dataDir>/cache/redis`: see `fetchPackages`. Call it only while the folder is
 * locked.
 */
export const fetchByApt = (dataDir: string, log: (line: string) => void): Promise<void> =>
  fetchPackages({
    what: 'a Redis server',
    // Debian keeps redis-server's program in redis-tools.
    candidates: [
      ['valkey-server', 'valkey-tools'],
      ['redis-server', 'redis-tools'],
    ],
    target: cacheFolder(dataDir),
    log,
  });

/**
 * Fetches the first available candidate and its missing dependencies from the Debian mirror configured on this machine,
 * and unpacks them into `target`, which it replaces. Needs no root and changes nothing outside the folder; apt verifies
 * the signatures. `what` appears in the log. Errors carry apt's output.
 */
export const fetchPackages = async (wanted: {
  readonly what: string;
  readonly candidates: readonly (readonly string[])[];
  readonly target: string;
  readonly log: (line: string) => void;
}): Promise<void> => {
  const { target, log } = wanted;
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const work = mkdtempSync(join(dirname(target), 'fetch-'));
  try {
    const apt = privateApt(work);
    log(`fetching ${wanted.what} through apt into the project cache (no root needed)`);
    await apt('update', '-qq');
    const packages = await packagesToFetch(apt, wanted.candidates);
    // One call for all: one by one costs seconds each.
    await apt('download', '-qq', ...packages);
    const debs = readdirSync(work).filter((name) => name.endsWith('.deb'));
    for (const deb of debs) await run(DPKG, ['-x', join(work, deb), join(work, 'root')], work);
    // Packages set modes that are readable by all users.
    await run('chmod', ['-R', 'go=', join(work, 'root')], work);
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, 'root'), target);
    log(`unpacked ${debs.length} packages into ${target}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

type Apt = (...words: string[]) => Promise<string>;

/** apt-get with separate lists and archives, but the system's sources and keys. */
const privateApt = (work: string): Apt => {
  const state = join(work, 'state');
  const cache = join(work, 'cache');
  for (const folder of [join(state, 'lists/partial'), join(cache, 'archives/partial')])
    mkdirSync(folder, { recursive: true });
  const settings = [
    `Dir::State=${state}`,
    `Dir::State::status=/var/lib/dpkg/status`,
    `Dir::Cache=${cache}`,
    `APT::Sandbox::User=${userInfo().username}`,
    'Acquire::Languages=none',
    'Acquire::Retries=1',
    'Acquire::http::Timeout=20',
    'APT::Update::Error-Mode=any',
  ];
  return (...words) => run(APT, [...settings.flatMap((setting) => ['-o', setting]), ...words], work);
};

/** The first candidate that apt knows, plus the dependencies that the system lacks. */
const packagesToFetch = async (apt: Apt, candidates: readonly (readonly string[])[]): Promise<string[]> => {
  const reasons: string[] = [];
  for (const packages of candidates) {
    try {
      const plan = await apt('install', '--print-uris', '-qq', '--no-install-recommends', ...packages);
      const missing = [...plan.matchAll(/^'[^']+' ([^_ ]+)_/gm)].map((line) => line[1]!);
      return [...new Set([...packages, ...missing])];
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(reasons.join('; '));
};

const run = async (program: string, words: string[], cwd: string): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)(program, words, {
      cwd,
      env: { ...process.env, LC_ALL: 'C', PATH: process.env.PATH || '/usr/bin:/bin' },
      timeout: 180_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const said = (stderr ?? '').split('\n').filter((line) => line.startsWith('E:') || line.startsWith('W:'));
    throw new Error(
      `${program} ${words.filter((word) => !word.includes('::') && word !== '-o').join(' ')}: ${said.join(' ') || message.split('\n')[0]}`,
      {
        cause: error,
      },
    );
  }
};
