import { readFileSync } from 'node:fs';

/** Identifies a process across time: a pid alone is reused after a crash or a reboot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the process's start, with the boot's id; empty where /proc is missing (macOS). */
  readonly startedAt: string;
}

export const identityOf = (pid: number): ProcessIdentity => ({ pid, startedAt: startOf(pid) });

/** False if the process exited, is a zombie, or its pid now belongs to another. */
export const isAlive = (identity: ProcessIdentity): boolean => {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const startedAt = startOf(identity.pid);
  return startedAt !== ZOMBIE && startedAt === identity.startedAt;
};

export const parseIdentity = (text: string): ProcessIdentity | null => {
  const [pid, startedAt] = text.trim().split('\n');
  return pid && /^[1-9]\d*$/.test(pid) ? { pid: Number(pid), startedAt: startedAt ?? '' } : null;
};
export const formatIdentity = (identity: ProcessIdentity): string => `${identity.pid}\n${identity.startedAt}\n`;

/** Exited, but not yet reaped by its parent. */
const ZOMBIE = 'zombie';

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)); fields are counted after the name, which may contain spaces. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return ZOMBIE;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[19]}`;
  } catch {
    return '';
  }
};
