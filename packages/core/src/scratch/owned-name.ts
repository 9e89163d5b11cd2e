import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/*
 * What a process makes for a while carries in its name whose it is: `<prefix><place>-<pid>-<start>-<rest>`. So whoever finds it
 * later, after a SIGKILL, knows whether its owner still lives. `place` is where the pid means anything (host and PID namespace),
 * `start` tells a process from a later one with the same pid ("0" where the system does not say).
 */
const OWNED = /^([0-9a-f]{8})-(\d+)-(\d+)-/;

/** Field 22 of /proc/<pid>/stat; null: no such process, or no such file system. The name before it may hold spaces and brackets. */
export const startOf = (pid: number | 'self'): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing any more.
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
};

const placeOf = (): string => {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux: the host's name is all that there is.
  }
  return createHash('sha256').update(`${hostname()}\0${namespace}`).digest('hex').slice(0, 8);
};

let own: { readonly place: string; readonly start: string } | null = null;
export const self = () => (own ??= { place: placeOf(), start: startOf('self') ?? '0' });

/** `<prefix>` and this process's mark; something unique follows. */
export const ownedPrefix = (prefix: string): string => `${prefix}${self().place}-${process.pid}-${self().start}-`;

/** Whose it is: a living process's, a dead one's, of another place where this one cannot look, or nobody's mark. */
export const ownerOfName = (name: string, prefix: string): 'alive' | 'dead' | 'elsewhere' | 'unmarked' => {
  if (!name.startsWith(prefix)) return 'unmarked';
  const mark = OWNED.exec(name.slice(prefix.length));
  if (!mark) return 'unmarked';
  const [, place, pid, start] = mark;
  if (place !== self().place) return 'elsewhere';
  const now = startOf(Number(pid));
  if (start !== '0') return now === start ? 'alive' : 'dead';
  return isThere(Number(pid)) ? 'alive' : 'dead';
};

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
