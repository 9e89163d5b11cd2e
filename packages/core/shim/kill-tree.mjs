/*
 * Finds and kills an attempt's processes through /proc (Linux). A process can leave its group and session and clear its
 * environment, but it keeps the soft RLIMIT_RTTIME it was started with across fork and exec. That limit affects only
 * real-time tasks, and each attempt gets a unique value.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Consecutive empty scans required: one scan easily misses a process that forks and exits at once. */
export const CLEAN_LOOKS = 5;

/**
 * Each scan kills every process of the tree but the caller, and returns the number killed; null without /proc. Only the
 * first scan inspects every process on the machine; later ones are fast enough to find processes that live for a
 * millisecond.
 */
export function lookFor(tree) {
  let strangers = new Set();
  return () => {
    const pids = processIds();
    if (pids === null) return null;
    let found = 0;
    const others = new Set();
    // Newest first: they may be short-lived.
    for (const pid of pids.reverse()) {
      if (pid === process.pid) continue;
      if (strangers.has(pid) || !belongs(pid, tree)) others.add(pid);
      else if (kill(pid)) found++;
    }
    strangers = others;
    return found;
  };
}

/** Scans until nothing of the tree is left: a command that forks during a scan has children that the scan missed. */
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
  // Fields after the program's name, which may contain anything: state, parent, group, session.
  const stat = read(pid, 'stat');
  const [state, , pgrp, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (stat === '' || state === 'Z' || state === 'X') return false;
  if (group !== null && (Number(pgrp) === group || Number(session) === group)) return true;
  const mark = limitOf(pid);
  if (mark !== null && isOurs(mark)) return true;
  return marker !== null && read(pid, 'environ').includes(marker);
}

/** The soft limit that carries the mark, as text: it exceeds the exact range of a JavaScript number. */
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
    // It exited by itself, or belongs to a user whose processes we may not kill.
    return false;
  }
}
