import { type ChildProcess, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { killPass, limitOf } from '../../shim/kill-tree.mjs';

/**
 * A program that starts the shim with the mark, and has the kernel wake it when this process dies: a command that stopped its
 * parent must not keep it from seeing that. Both tools are of util-linux.
 */
export const markedBy = (mark: string): readonly string[] => ['setpriv', '--pdeathsig', 'CONT', 'prlimit', `--rttime=${mark}:`];

let canMark: boolean | null = null;

/** A number for one attempt; null where this system cannot mark processes. Below 2^62: the limit is a 64-bit number. */
export const markOf = (): string | null => {
  const mark = (randomBytes(8).readBigUInt64BE() >> 2n).toString();
  canMark ??= limitOf('self') !== null && spawnSync('setpriv', [...markedBy(mark).slice(1), 'cat', '/proc/self/limits']).stdout?.includes(mark) === true;
  return canMark ? mark : null;
};

/** The shim kills its tree before it goes; one that was killed itself did not. */
export const killTree = async (shim: ChildProcess, mark: string | null, marker: string): Promise<void> => {
  if (shim.pid === undefined) return;
  try {
    process.kill(-shim.pid, 'SIGKILL');
  } catch {
    // The group is empty already.
  }
  const until = performance.now() + PATIENCE_MS;
  for (let clean = 0; clean < 2 && performance.now() < until; ) {
    const found = killPass({ mark, marker, group: shim.pid });
    if (found === null) return;
    clean = found === 0 ? clean + 1 : 0;
    if (found > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** What the kernel holds longer than this is not waited for: it has its SIGKILL, ms. */
const PATIENCE_MS = 2_000;
