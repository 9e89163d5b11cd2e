import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { backoff } from '@millrace/core/domain';
import { secretsFor } from '@millrace/core/secrets';
import type { ProcessName } from './main-files.ts';

/** A supervised child process. */
export interface Supervised {
  /** `api`, `worker-2` … */
  readonly label: string;
  readonly pid: number | null;
  /** Resolves when it has ended for good: after `stop`, or because it never became ready. Exit code, null if killed. */
  readonly ended: Promise<number | null>;
  /** Whether it has ever been ready. */
  isReady(): boolean;
  /** Restarts it from now on when it dies. */
  markReady(): void;
  /** Stops restarting it: Ctrl-C reaches every process of the group at once. */
  letEnd(): void;
  /** SIGTERM, and SIGKILL after `killAfterMs`. */
  stop(killAfterMs: number): Promise<void>;
  kill(): void;
}

export interface SuperviseOptions {
  readonly process: ProcessName;
  readonly label: string;
  readonly env: NodeJS.ProcessEnv;
  /** Environment variables passed through a pipe, since processes of the same user can read /proc/<pid>/environ. */
  readonly secrets: NodeJS.ProcessEnv;
  readonly onLine: (label: string, line: string) => void;
  readonly onRestart: (label: string, why: string, waitMs: number) => void;
}

const FIRST_WAIT_MS = 500;
/** An upper bound: while one stage keeps killing its worker, stages of other pipelines wait for that worker too. */
const LONGEST_WAIT_MS = 2_000;
/** A process that ran this long restarts with the initial delay. */
const STEADY_MS = 60_000;

/**
 * Starts a process and, once it has been ready, restarts it when it dies, after 0.5 s, 1 s, 2 s, 2 s … One that dies
 * before it was ever ready is not restarted: its configuration is wrong, and it has said so.
 */
export const supervise = (options: SuperviseOptions): Supervised => {
  let child: ChildProcess | null = null;
  let ready = false;
  const stopping = new AbortController();

  const live = async (): Promise<number | null> => {
    for (let waits = backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS); ; ) {
      const begun = performance.now();
      child = start(options);
      // A worker reports its own registration: a stage that crashes it a moment later is not a failed start.
      child.on('message', (message) => message === 'ready' && (ready = true));
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      child = null;
      if (stopping.signal.aborted || !ready) return code;
      if (performance.now() - begun > STEADY_MS) waits = backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
      const wait = waits.next().value;
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

/** In addition to the streams and the channel. */
const SECRETS_FD = 4;

const start = ({ process: name, label, env, secrets, onLine }: SuperviseOptions): ChildProcess => {
  const program = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));
  const handed = secretsFor(secrets, SECRETS_FD);
  const child = spawn(process.execPath, [...process.execArgv, program, name], {
    env: { ...env, ...handed.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  });
  const pipe = child.stdio[SECRETS_FD] as Writable;
  // A child that exits before reading is reported by its exit code.
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
