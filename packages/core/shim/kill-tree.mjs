/*
 * Finds and kills what belongs to an attempt, by /proc (Linux). A process can leave its group and session and clear its
 * environment; the soft limit of real-time CPU that it was started with (RLIMIT_RTTIME, which only real-time tasks feel, and
 * which is set to a number that no other attempt has) stays, through every fork and exec.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Looks in a row that found nothing: a process that forks and ends at once is easily missed by one. */
export const CLEAN_LOOKS = 5;

/**
 * A look kills every process of the tree but the caller, and answers how many there were to kill; null where there is no /proc. Only the
 * first one looks at every process of the machine: the others are so quick that what lives for a millisecond is found.
 */
export function lookFor(tree) {
  let strangers = new Set();
  return () => {
    const pids = processIds();
    if (pids === null) return null;
    let found = 0;
    const others = new Set();
    // The newest first: they may not live long.
    for (const pid of pids.reverse()) {
      if (pid === process.pid) continue;
      if (strangers.has(pid) || !belongs(pid, tree)) others.add(pid);
      else if (kill(pid)) found++;
    }
    strangers = others;
    return found;
  };
}

/** Until nothing of the tree is left: a command that forks while it is looked for has children that the first look missed. */
export function killAll(tree) {
  const look = lookFor(tree);
  for (let clean = 0, wait = 1; clean < CLEAN_LOOKS; ) {
    const found = look();
    if (found === null) return;
    clean = found === 0 ? clean + 1 : 0;
    wait = found === 0 ? 1 : Math.min(2 * wait, 500);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
  }
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

function belongs(pid, { isOurs, marker, group }) {
  // After the program's name, which may hold anything: state, parent, group, session.
  const stat = read(pid, 'stat');
  const [state, , pgrp, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (stat === '' || state === 'Z' || state === 'X') return false;
  if (group !== null && (Number(pgrp) === group || Number(session) === group)) return true;
  const mark = limitOf(pid);
  if (mark !== null && isOurs(mark)) return true;
  return marker !== null && read(pid, 'environ').includes(marker);
}

/** The soft limit that carries the mark, as text: it is larger than a JavaScript number holds exactly. */
export function limitOf(pid) {
  return /^Max realtime timeout +(\d+)/m.exec(read(pid, 'limits'))?.[1] ?? null;
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
