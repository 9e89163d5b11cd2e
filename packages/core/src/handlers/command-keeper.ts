import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ownedPrefix, ownerNumber } from '../scratch/index.ts';
import { SCRATCH_PREFIX } from './command-folder.ts';

const KEEPER = fileURLToPath(new URL('../../shim/keeper.mjs', import.meta.url));
/** Its input ends with this process, however that ends; until then it is a shell that waits, and costs next to nothing. */
const WAIT = `trap '' HUP INT TERM; read -r _; exec "$@"`;

let keeper: ChildProcess | null = null;

/**
 * Sees to it that there is a process that outlives this one, and then kills what is left of its commands. `woken`: what starts it so that it is
 * woken then, for a command may have stopped it; empty where nothing can.
 */
export const ensureKeeper = (woken: readonly string[]): void => {
  if (keeper) return;
  const args = [KEEPER, String(ownerNumber()), tmpdir(), ownedPrefix(SCRATCH_PREFIX)];
  const [program, ...words] = [...woken, '/bin/sh', '-c', WAIT, 'millrace-keeper', process.execPath, ...args] as [string, ...string[]];
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
  // It never reads, so nothing is written; but a stream that breaks must not end this process.
  started.stdin?.on('error', forget);
  (started.stdin as unknown as { unref?(): void } | null)?.unref?.();
};
