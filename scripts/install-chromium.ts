/* Ensures that a Chromium is available for the browser tests, and reports its source. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackages, whyNoApt } from '@millrace/core/embedded';
import { CHROMIUM_CACHE, findChromium } from '../tests/browser/find-chromium.ts';
import { mayInstall } from './may-install.ts';

/**
 * A page without a font has no text to measure; chromium-common holds the data without which the program does not
 * start.
 */
const PACKAGES = ['chromium', 'chromium-common', 'fonts-liberation'];

/** The package lists are fetched only if they lack the package. */
const installAsRoot = async (): Promise<void> => {
  if (!(await mayInstall(PACKAGES))) return;
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES];
  if (!apt(install, 'ignore') && apt(['update', '-qq'], 'inherit')) apt(install, 'inherit');
};

const apt = (words: readonly string[], stderr: 'ignore' | 'inherit'): boolean =>
  spawnSync('apt-get', words, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', stderr],
    timeout: 600_000,
  }).status === 0;

const fetchWithoutRoot = async (): Promise<void> => {
  await fetchPackages({ what: 'Chromium', candidates: [PACKAGES], target: CHROMIUM_CACHE, log: console.log });
  writeFileSync(join(CHROMIUM_CACHE, 'fonts.conf'), FONTS);
};

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>${join(CHROMIUM_CACHE, 'usr/share/fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(CHROMIUM_CACHE, 'font-cache')}</cachedir>
</fontconfig>
`;

if ((await findChromium()) === null) {
  const noApt = whyNoApt();
  if (noApt === null) {
    console.log('installing Chromium for the browser tests');
    await installAsRoot();
    if ((await findChromium()) === null) await fetchWithoutRoot().catch((error: Error) => console.error(error.message));
  } else console.error(noApt);
}
const chromium = await findChromium();
if (chromium === null) {
  console.error(
    [
      'The browser tests need Chromium. Install it:',
      'apt-get install chromium fonts-liberation',
      'or name another one: MILLRACE_CHROMIUM=/path/to/chrome',
    ].join('\n  '),
  );
  process.exit(1);
}
console.log(`Chromium for the tests: ${chromium.path} is ${chromium.version}`);
