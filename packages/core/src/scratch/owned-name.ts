import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/*
 * Temporary files carry their owner in the name: `<prefix><place>-<pid>-<start>-<rest>`. After a SIGKILL, another
 * process can tell whether the owner is alive. `place` is the scope of the pid (host and PID namespace); `start`
 * distinguishes a process from a later one with the same pid ("0" where the system does not provide it).
 */
const OWNED = /^([0-9a-f]{8})-(\d+)-(\d+)-/;

/**
 * Field 22 of /proc/<pid>/stat; null: no such process, or no such file system. The name before it may contain spaces
 * and brackets.
 */
export const startOf = (pid: number | 'self'): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds no resources.
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
    // Not Linux: only the host name is available.
  }
  return createHash('sha256').update(`${hostname()}\0${namespace}`).digest('hex').slice(0, 8);
};

let own: { readonly place: string; readonly start: string } | null = null;
export const self = () => (own ??= { place: placeOf(), start: startOf('self') ?? '0' });

/** `<prefix>` and this process's mark; something unique follows. */
export const ownedPrefix = (prefix: string): string => `${prefix}${self().place}-${process.pid}-${self().start}-`;

/** The owner's state: alive, dead, in another place that cannot be checked from here, or no mark at all. */
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
