/** One process of a deployment, from its build: the real thing, with its own pid to send signals to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@millrace/core/testing';

export type App = 'api' | 'worker' | 'scheduler';

export interface AppProcess {
  readonly pid: number;
  /** What it has written so far. */
  log(): string;
  said(text: string): Promise<void>;
  /** SIGKILL; answers once it is gone. */
  kill9(): Promise<void>;
  /** SIGTERM; answers its exit code. */
  end(): Promise<number | null>;
  /** SIGTERM, and no waiting. */
  askToEnd(): void;
  pause(): void;
  resume(): void;
  readonly gone: Promise<void>;
}

export const READY: Readonly<Record<App, string>> = {
  api: 'the API listens',
  worker: 'worker started',
  scheduler: 'scheduler started',
};

/** Resolves once the process logs `words` (default: that it is ready). It ends with the process that started it. */
export const startApp = async (
  app: App,
  env: Readonly<Record<string, string>>,
  words = READY[app],
): Promise<AppProcess> => {
  const main = fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url));
  if (!existsSync(main)) throw new Error(`${main} is not there: build first (npm run build)`);
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const process_ = appProcess(app, child);
  await waitFor(() => process_.log().includes(words) || child.exitCode !== null, {
    timeoutMs: 55_000,
    what: `the ${app} to say "${words}"`,
  });
  if (child.exitCode !== null) throw new Error(`the ${app} ended at once: ${process_.log()}`);
  return process_;
};

/** Lines shown of a process that ended by itself. */
const LAST_LINES = 30;

const appProcess = (app: App, child: ChildProcess): AppProcess => {
  let text = '';
  let asked = false;
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (process.env['CHAOS_LOG']) process.stderr.write(chunk);
    });
  const gone = once(child, 'exit').then(() => {});
  child.once('exit', (code, signal) => {
    if (asked) return;
    const last = text.split('\n').slice(-LAST_LINES).join('\n');
    process.stderr.write(`the ${app}, pid ${child.pid}, ended by itself (code ${code}, signal ${signal}):\n${last}\n`);
  });
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid!,
    log: () => text,
    said: async (words) => void (await waitFor(() => text.includes(words), { what: `"${words}" in the log` })),
    kill9: async () => {
      if (isGone()) return;
      asked = true;
      child.kill('SIGKILL');
      await gone;
    },
    end: async () => {
      asked = true;
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
    askToEnd: () => {
      asked = true;
      child.kill('SIGTERM');
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    gone,
  };
};
