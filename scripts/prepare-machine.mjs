/* Prerequisites of the scripts. Uses Node only, so that it works on a clean clone. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** `npm ci` if node_modules is missing or older than the lock; ends the process on failure. */
export const installDependencies = () => {
  if (isInstalled()) return;
  console.log('installing dependencies (npm ci)');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    console.error('npm ci failed');
    process.exit(1);
  }
};

/**
 * A Redis server for the tests: the machine's own, else installed when root and asked to (may-install.ts), else fetched
 * into .millrace/cache. `stdout`: destination of its output, as for child processes.
 */
export const installRedis = (stdout = 'inherit') => {
  install('install-redis.ts', stdout);
  addCachedPrograms();
};

/**
 * A Chromium for the browser tests: the machine's own, else installed when root and asked to (may-install.ts), else
 * fetched into .millrace/cache.
 */
export const installChromium = (stdout = 'inherit') => install('install-chromium.ts', stdout);

/**
 * ffmpeg and espeak-ng for the explainer video, likewise. `required`: ends the process when they cannot be had; the
 * example itself can do without.
 */
export const installFilm = ({ required = false } = {}) => {
  install('install-film.ts', 'inherit', required ? ['--required'] : []);
  addCachedPrograms();
};

const addCachedPrograms = () => {
  const cached = join(ROOT, '.millrace/cache/bin');
  const path = process.env.PATH.split(delimiter);
  if (existsSync(cached) && !path.includes(cached)) process.env.PATH = [...path, cached].join(delimiter);
};

const install = (script, stdout, more = []) => {
  const words = [...(process.argv.includes('--install') ? ['--install'] : []), ...more];
  // It may ask.
  if (runFromSource(`scripts/${script}`, words, stdout, 'inherit') !== 0) process.exit(1);
};

/** Runs a script on the packages' sources, without a build; returns its exit code. */
export const runFromSource = (script, words, stdout = 'inherit', stdin = 'ignore') =>
  spawnSync(process.execPath, ['--conditions=source', '--import', 'tsx', join(ROOT, script), ...words], {
    cwd: ROOT,
    stdio: [stdin, stdout, 'inherit'],
  }).status;

/** `tsc -b` when a build is missing or older than a source; it finds that out itself, in about a second. */
export const build = () => {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    console.error('the build failed');
    process.exit(1);
  }
};

/** The dashboard's bundle, when it is missing or older than one of its sources. */
export const buildDashboard = () => {
  const dashboard = join(ROOT, 'apps/dashboard');
  const built = join(dashboard, 'dist/index.html.gz');
  const sources = [
    join(dashboard, 'src'),
    join(dashboard, 'public'),
    join(ROOT, 'packages/client/src'),
    join(ROOT, 'packages/core/src'),
  ].flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)));
  const inputs = [
    ...sources,
    ...['index.html', 'vite.config.ts', 'package.json'].map((name) => join(dashboard, name)),
    join(ROOT, 'package-lock.json'),
  ];
  if (existsSync(built) && inputs.every((file) => statSync(file).mtimeMs <= statSync(built).mtimeMs)) return;
  console.error('building the dashboard');
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const { status, stderr } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: dashboard,
    // Also when tests build it: what is served is what is measured.
    env: { ...process.env, NODE_ENV: 'production' },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0) return;
  console.error(`the dashboard could not be built\n${stderr}`);
  process.exit(1);
};

const isInstalled = () => {
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs;
};
