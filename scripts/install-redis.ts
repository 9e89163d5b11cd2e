/* Ensures that a Redis or Valkey server is available for the tests, and reports its source. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  binaryInCache,
  binaryOnPath,
  fetchByApt,
  INSTALL_HINTS,
  type RedisBinary,
  whyNoApt,
} from '@millrace/core/embedded';
import { mayInstall } from './may-install.ts';

const DATA_DIR = '.millrace';

const found = async (): Promise<string | null> => {
  const onPath = await binaryOnPath();
  if (onPath.binary) return onPath.reason;
  const cached = await binaryInCache(DATA_DIR);
  if (cached.binary) linkIntoBin(cached.binary);
  return cached.binary && cached.reason;
};

/** Puts the fetched server where `npm test` has a PATH entry; it starts only with its own libraries. */
const linkIntoBin = ({ path, env }: RedisBinary): void => {
  const bin = join(DATA_DIR, 'cache/bin');
  mkdirSync(bin, { recursive: true });
  const settings = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
  writeFileSync(join(bin, basename(path)), `#!/bin/sh\nexec env ${settings.join(' ')} '${path}' "$@"\n`, {
    mode: 0o755,
  });
};

/** RUNLEVEL=1 keeps Debian from starting the service that comes with the package. */
const installAsRoot = async (): Promise<void> => {
  if (!(await mayInstall(['redis-server']))) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const words of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'],
  ])
    spawnSync('apt-get', words, { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
};

if ((await found()) === null) {
  const noApt = whyNoApt();
  if (noApt === null) {
    console.log('installing a Redis server for the tests');
    await installAsRoot();
    if ((await found()) === null)
      await fetchByApt(DATA_DIR, console.log).catch((error: Error) => console.error(error.message));
  } else console.error(noApt);
}
const redis = await found();
if (redis === null) {
  console.error(['The tests need a Redis server. Install one:', ...INSTALL_HINTS].join('\n  '));
  process.exit(1);
}
console.log(`Redis for the tests: ${redis}`);
