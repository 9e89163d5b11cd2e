/** What the bodies of the stages saw and which processes they were: evidence that no store can bend. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Witness {
  readonly run: string;
  readonly stage: string;
  readonly attempt: number;
  readonly fence: number;
  readonly pid: number;
  /** Of a command: the process that stands between it and the worker. */
  readonly parent?: number;
  readonly what: 'began' | 'aborted' | 'forked' | 'terminated';
  /** Of `aborted`: the kind of the AbortReason. */
  readonly reason?: string;
  readonly kind: 'function' | 'command';
  readonly at: number;
}

/** Every line so far, in the order in which they were written; a line that is being written is left out. */
export const readWitnesses = (folder: string): readonly Witness[] => {
  let text: string;
  try {
    text = readFileSync(join(folder, 'witness.jsonl'), 'utf8');
  } catch {
    return [];
  }
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Witness);
};

export interface CommandProcess {
  readonly pid: number;
  /** Its arguments. */
  readonly line: string;
}

/**
 * Processes that run on behalf of the runs: commands and what they forked, by their environment, and the shims before
 * them.
 */
export const processesOf = (runs: ReadonlySet<string>, witnesses: readonly Witness[]): readonly CommandProcess[] => {
  const shims = new Set(witnesses.flatMap(({ parent }) => (parent === undefined ? [] : [parent])));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const run = /(?:^|\0)MILLRACE_RUN_ID=([^\0]+)/.exec(fileOf(pid, 'environ'))?.[1];
      const line = fileOf(pid, 'cmdline').replaceAll('\0', ' ').trim();
      const isOurs = (run !== undefined && runs.has(run)) || (shims.has(Number(pid)) && line.includes('command-shim'));
      return isOurs && line !== '' ? [{ pid: Number(pid), line }] : [];
    });
};

/** Empty when the process is gone, or a zombie. */
const fileOf = (pid: string, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
};
