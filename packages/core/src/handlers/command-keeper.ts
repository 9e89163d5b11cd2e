import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ownedPrefix, ownerNumber } from '../scratch/index.ts';
import { SCRATCH_PREFIX } from './command-folder.ts';

const KEEPER = fileURLToPath(new URL('../../shim/keeper.mjs', import.meta.url));
/** A shell that waits until its stdin closes, that is, until this process ends in any way; costs almost nothing. */
const WAIT = `trap '' HUP INT TERM; read -r _; exec "$@"`;

let keeper: ChildProcess | null = null;

/**
 * Ensures that a process outlives this one and then kills its remaining commands. `woken`: wrapper that has the kernel
 * wake the keeper then, because a command may have stopped it; empty where unsupported.
 */
export const ensureKeeper = (woken: readonly string[]): void => {
  if (keeper) return;
  const args = [KEEPER, String(ownerNumber()), tmpdir(), ownedPrefix(SCRATCH_PREFIX)];
  const [program, ...words] = [...woken, '/bin/sh', '-c', WAIT, 'millrace-keeper', process.execPath, ...args] as [
    string,
    ...string[],
  ];
  const started = spawn(program, words, {
    detached: true,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  keeper = started;
  const forget = (): void => {
    if (keeper === started) keeper = null;
  };
  started.on('error', forget).on('exit', forget).unref();
  // Nothing is ever written, but a broken pipe must not end this process.
  started.stdin?.on('error', forget);
  (started.stdin as unknown as { unref?(): void } | null)?.unref?.();
};
