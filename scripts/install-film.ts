/*
 * Ensures that ffmpeg and espeak-ng are available for examples/explainer-video, and reports their source. With
 * `--required` it fails when they are not; the example itself goes on with placeholders.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fetchPackages, whyNoApt } from '@millrace/core/embedded';
import { findProgram } from '../examples/explainer-video/program.ts';
import { mayInstall } from './may-install.ts';

const PACKAGES = ['ffmpeg', 'espeak-ng'];
const PROGRAMS = ['ffmpeg', 'ffprobe', 'espeak-ng'];
const CACHE = resolve('.millrace/cache/film');
/** `prepare-machine.mjs` adds it to the PATH. */
const BIN = resolve('.millrace/cache/bin');

const missing = (): string[] => PROGRAMS.filter((name) => findProgram(name) === null && !existsSync(join(BIN, name)));

/** The package lists are fetched only if they lack the packages. */
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
  await fetchPackages({ what: 'ffmpeg and espeak-ng', candidates: [PACKAGES], target: CACHE, log: console.log });
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  const folder = join(CACHE, 'usr/lib', `${machine}-linux-gnu`);
  // Some of ffmpeg's libraries have a folder of their own.
  const libraries = [folder, join(folder, 'blas'), join(folder, 'lapack'), join(folder, 'pulseaudio')].join(':');
  mkdirSync(BIN, { recursive: true });
  for (const name of PROGRAMS) {
    const settings = `LD_LIBRARY_PATH='${libraries}' ESPEAK_DATA_PATH='${folder}'`;
    writeFileSync(join(BIN, name), `#!/bin/sh\nexec env ${settings} '${join(CACHE, 'usr/bin', name)}' "$@"\n`, {
      mode: 0o755,
    });
  }
};

if (missing().length > 0) {
  const noApt = whyNoApt();
  if (noApt === null) {
    console.log(`installing ${missing().join(', ')} for the explainer video`);
    await installAsRoot();
    if (missing().length > 0) await fetchWithoutRoot().catch((error: Error) => console.error(error.message));
  } else console.error(noApt);
}
if (missing().length > 0) {
  console.error(`${missing().join(', ')} missing; install them: apt-get install ${PACKAGES.join(' ')}`);
  if (process.argv.includes('--required')) process.exit(1);
  console.error('the video is made with placeholders, and its stages say what is degraded');
} else
  console.log(`for the explainer video: ${PROGRAMS.map((name) => findProgram(name) ?? join(BIN, name)).join(', ')}`);
