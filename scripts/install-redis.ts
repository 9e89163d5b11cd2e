/* Makes sure that a Redis or Valkey server is here for the tests, and says where it is from. */
import { spawnSync } from 'node:child_process';
import { binaryInCache, binaryOnPath, fetchByApt, INSTALL_HINTS, whyNoApt } from '@millrace/core/embedded';

const DATA_DIR = '.millrace';

const found = async (): Promise<string | null> => {
  const onPath = await binaryOnPath();
  return onPath.binary ? onPath.reason : (await binaryInCache(DATA_DIR)).binary && `${DATA_DIR}/cache`;
};

/** Needs root; RUNLEVEL=1 keeps Debian from starting the service that comes with the package. */
const installAsRoot = (): void => {
  if (process.getuid?.() !== 0) return;
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
    installAsRoot();
    if ((await found()) === null) await fetchByApt(DATA_DIR, console.log).catch((error: Error) => console.error(error.message));
  } else console.error(noApt);
}
const redis = await found();
if (redis === null) {
  console.error(['The tests need a Redis server. Install one:', ...INSTALL_HINTS].join('\n  '));
  process.exit(1);
}
console.log(`Redis for the tests: ${redis}`);
