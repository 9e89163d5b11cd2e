import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '../domain/index.ts';
import { formatIdentity, identityOf, isAlive, parseIdentity } from './process-identity.ts';

/** How long a live owner may hold the lock: enough for a first fetch over a slow line. */
const PATIENCE_MS = 5 * 60_000;

/**
 * Runs `work` while this process alone holds `<folder>/lock`. Takes over the lock of a dead process at once; waits for
 * a live owner, and after five minutes fails with `store_unavailable`, naming it.
 */
export const withFolderLock = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, 'lock');
  // Write, then link: a reader never sees a lock without its owner.
  const mine = join(folder, `lock.${process.pid}.${randomUUID()}`);
  writeFileSync(mine, `${formatIdentity(identityOf(process.pid))}${randomUUID()}\n`, { mode: 0o600 });
  try {
    await acquire(lock, mine);
    try {
      return await work();
    } finally {
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
};

const acquire = async (lock: string, mine: string): Promise<void> => {
  const until = performance.now() + PATIENCE_MS;
  while (!linked(mine, lock)) {
    const owner = readOrNull(lock);
    if (owner !== null && !isHeld(owner)) breakLock(lock, owner);
    else if (performance.now() > until)
      throw new MillraceError(
        'store_unavailable',
        `${lock} has been held by process ${owner?.split('\n')[0] ?? '?'} for more than five minutes`,
      );
    else await delay(25);
  }
};

/**
 * Removes the lock of a dead owner, and only that one. Another process may take it over between the check and the
 * removal, so both happen synchronously under a second lock. A process that dies inside leaves that lock behind for
 * five seconds.
 */
const breakLock = (lock: string, deadOwner: string): void => {
  const guard = `${lock}.guard`;
  try {
    writeFileSync(guard, '', { flag: 'wx', mode: 0o600 });
  } catch {
    // Including a time in the future: the clock went back.
    if (Math.abs(ageOf(guard)) > 5_000) rmSync(guard, { force: true });
    return;
  }
  if (readOrNull(lock) === deadOwner) rmSync(lock, { force: true });
  rmSync(guard, { force: true });
};

const linked = (from: string, to: string): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const isHeld = (owner: string): boolean => {
  const identity = parseIdentity(owner);
  return identity !== null && isAlive(identity);
};

const readOrNull = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const ageOf = (path: string): number => {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
};
