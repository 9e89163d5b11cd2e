import { type ChildProcess, spawnSync } from 'node:child_process';
import { CLEAN_LOOKS, lookFor, type Tree } from '../../shim/kill-tree.mjs';
import { isMarkOfTheDead, ownedMark } from '../scratch/index.ts';

/**
 * A wrapper that starts the shim with the mark and has the kernel wake it when this process dies, even if the command
 * has stopped its parent (SIGSTOP). Both tools are from util-linux.
 */
export const markedBy = (mark: string): readonly string[] => [...WOKEN, 'prlimit', `--rttime=${mark}:`];

/** Wrapper for a program that the kernel wakes when this process dies. */
export const WOKEN: readonly string[] = ['setpriv', '--pdeathsig', 'CONT'];

let canMark: boolean | null = null;

/** A unique number for one attempt of this process; null where the system cannot mark processes. */
export const markOf = (): string | null => {
  const mark = ownedMark();
  canMark ??=
    spawnSync('setpriv', [...markedBy(mark).slice(1), 'cat', '/proc/self/limits']).stdout?.includes(mark) === true;
  return canMark ? mark : null;
};

/** The shim kills its process tree before it exits, unless it was killed itself. */
export const killTree = async (shim: ChildProcess, mark: string | null, marker: string): Promise<void> => {
  if (shim.pid === undefined) return;
  try {
    process.kill(-shim.pid, 'SIGKILL');
  } catch {
    // The group is already empty.
  }
  await killAll({ isOurs: (found) => found === mark, marker, group: shim.pid });
};

/** Returns the number of processes killed. */
const killAll = async (tree: Tree): Promise<number> => {
  const look = lookFor(tree);
  const until = performance.now() + PATIENCE_MS;
  let killed = 0;
  for (let clean = 0; clean < CLEAN_LOOKS && performance.now() < until; ) {
    const found = look();
    if (found === null) break;
    killed += found;
    clean = found === 0 ? clean + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, found === 0 ? 1 : 10));
  }
  return killed;
};

/** Kills commands on this machine whose worker, shim and keeper all died; returns the number of processes killed. */
export const killOwnerless = async (): Promise<number> => {
  const tree = { isOurs: isMarkOfTheDead, marker: null, group: null };
  const found = lookFor(tree)() ?? 0;
  return found === 0 ? 0 : found + (await killAll(tree));
};

/** How long to wait for a process after SIGKILL; the kernel may hold it longer, ms. */
const PATIENCE_MS = 2_000;
