import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { secretsFor } from '@millrace/core/secrets';
import type { ProcessName } from './main-files.ts';

/** One child process that is kept alive. */
export interface Supervised {
  /** `api`, `worker-2` … */
  readonly label: string;
  readonly pid: number | null;
  /** Answers when it has ended for good: by `stop`, or because it never became ready. Its exit code, null when it was killed. */
  readonly ended: Promise<number | null>;
  /** Whether it was ready once. */
  isReady(): boolean;
  /** From now on it is started again when it dies. */
  markReady(): void;
  /** From now on it is not started again: a Ctrl-C reaches every process of the group at once. */
  letEnd(): void;
  /** SIGTERM, and SIGKILL after `killAfterMs`. */
  stop(killAfterMs: number): Promise<void>;
  kill(): void;
}

export interface SuperviseOptions {
  readonly process: ProcessName;
  readonly label: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of its environment, what goes through a pipe, for every process of this user can read an environment in /proc. */
  readonly secrets: NodeJS.ProcessEnv;
  readonly onLine: (label: string, line: string) => void;
  readonly onRestart: (label: string, why: string, waitMs: number) => void;
}

const FIRST_WAIT_MS = 500;
/** Not longer: while a stage kills its worker again and again, the stages of other pipelines wait for the worker too. */
const LONGEST_WAIT_MS = 2_000;
/** A process that lived this long starts with the first wait again. */
const STEADY_MS = 60_000;

/**
 * Starts a process and, once it was ready, starts it again whenever it dies, after 0.5 s, 1 s, 2 s, 2 s … One that dies before it
 * was ever ready is not: its configuration is wrong, and it has said so.
 */
export const supervise = (options: SuperviseOptions): Supervised => {
  let child: ChildProcess | null = null;
  let ready = false;
  const stopping = new AbortController();

  const live = async (): Promise<number | null> => {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const begun = performance.now();
      child = start(options);
      // A worker says itself that it has registered: what a stage does to it a moment later is no failed start.
      child.on('message', (message) => message === 'ready' && (ready = true));
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      child = null;
      if (stopping.signal.aborted || !ready) return code;
      if (performance.now() - begun > STEADY_MS) wait = FIRST_WAIT_MS;
      options.onRestart(options.label, signal ? `was killed by ${signal}` : `ended with code ${code}`, wait);
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return code;
    }
  };
  const ended = live();
  return {
    label: options.label,
    get pid() {
      return child?.pid ?? null;
    },
    ended,
    isReady: () => ready,
    markReady: () => (ready = true),
    letEnd: () => stopping.abort(),
    stop: async (killAfterMs) => {
      stopping.abort();
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), killAfterMs);
      await ended;
      clearTimeout(timer);
    },
    kill: () => {
      stopping.abort();
      child?.kill('SIGKILL');
    },
  };
};

/** Beside the streams and the channel. */
const SECRETS_FD = 4;

const start = ({ process: name, label, env, secrets, onLine }: SuperviseOptions): ChildProcess => {
  const program = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));
  const handed = secretsFor(secrets, SECRETS_FD);
  const child = spawn(process.execPath, [...process.execArgv, program, name], {
    env: { ...env, ...handed.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  });
  const pipe = child.stdio[SECRETS_FD] as Writable;
  // One that ends before it has read is told of by its exit code.
  pipe.on('error', () => {}).end(handed.text);
  for (const stream of [child.stdout!, child.stderr!]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) onLine(label, line);
    });
    stream.on('end', () => rest !== '' && onLine(label, rest));
  }
  return child;
};
