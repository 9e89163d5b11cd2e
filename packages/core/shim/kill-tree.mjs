/*
 * Finds and kills what belongs to one attempt, by /proc (Linux). A process can leave its group and session and clear its
 * environment; the soft limit of real-time CPU that it was started with (RLIMIT_RTTIME, which only real-time tasks feel, and
 * which is set to a number that no other attempt has) stays, through every fork and exec.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Kills every process of the tree but the caller. Answers how many there were to kill; null where there is no /proc. */
export function killPass({ mark, marker, group }) {
  const pids = processIds();
  if (pids === null) return null;
  let found = 0;
  for (const pid of pids) if (pid !== process.pid && belongs(pid, mark, marker, group) && kill(pid)) found++;
  return found;
}

function processIds() {
  try {
    const pids = readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1);
    return pids.length > 0 ? pids : null;
  } catch {
    return null;
  }
}

function belongs(pid, mark, marker, group) {
  // After the program's name, which may hold anything: state, parent, group, session.
  const stat = read(pid, 'stat');
  const [state, , pgrp, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (stat === '' || state === 'Z' || state === 'X') return false;
  if (Number(pgrp) === group || Number(session) === group) return true;
  if (mark && limitOf(pid) === mark) return true;
  return marker !== null && read(pid, 'environ').includes(`${marker}\0`);
}

/** The soft limit that carries the mark, as text: it is larger than a JavaScript number holds exactly. */
export function limitOf(pid) {
  return /^Max realtime timeout +(\S+)/m.exec(read(pid, 'limits'))?.[1] ?? null;
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    // It ended by itself, or belongs to a user whose processes we may not end.
    return false;
  }
}
