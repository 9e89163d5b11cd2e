/**
 * A wall clock that a test sets, for one process. Of its own: libfaketime does not get along with the allocator of
 * Redis (jemalloc).
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./settable-clock.c', import.meta.url));

/** It is compiled for the test: there must be a C compiler. */
export const canSetClocks = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

/** `env` is for the process; `set` puts its clock so many seconds ahead of the machine's. */
export const settableClock = (folder: string) => {
  const [library, file] = [join(folder, 'settable-clock.so'), join(folder, 'offset')];
  const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const set = (seconds: number): void => writeFileSync(file, String(seconds));
  set(0);
  return { env: { LD_PRELOAD: library, SETTABLE_CLOCK: file }, set };
};
