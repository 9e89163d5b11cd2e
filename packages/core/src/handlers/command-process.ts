import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureKeeper } from './command-keeper.ts';
import { killTree, markedBy, markOf, WOKEN } from './command-mark.ts';
import { type Reader, readOutput } from './command-output.ts';

export interface CommandLine {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Folder to remove when the worker dies. */
  readonly scratch: string;
  /** An environment entry `NAME=value` unique to the attempt. */
  readonly marker: string;
}
export interface CommandWatch {
  readonly signal: AbortSignal;
  /** Called when the signal fires: ms between SIGTERM and SIGKILL. */
  graceMs(): number;
  /** Called for every chunk of output. */
  onOutput(): void;
  /** Back-pressure: the stream is paused until this settles. */
  onLines(stream: 'out' | 'err', lines: readonly string[]): Promise<void>;
}
export type CommandEnd =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'not_started'; readonly errno: string };

const SHIM = fileURLToPath(new URL('../../shim/command-shim.mjs', import.meta.url));
/** After the command ends: how long its output may be silent while another process holds it open, ms. */
const QUIET_MS = 500;
/** After everything is killed: how long the rest of the output may take, ms. */
const AFTERMATH_MS = 2_000;
/** How long the shim may take to kill its group before this process does it, ms. */
const SHIM_MS = 1_000;
/** How often to resume a shim stopped by its command, ms. */
const WAKE_MS = 5_000;

/**
 * Runs a program in its own process group, behind the shim that kills the group if this process dies. When the program
 * ends, its leftover processes are killed too. On abort: SIGTERM to the group, SIGKILL after the grace.
 */
export const runCommand = async (command: CommandLine, watch: CommandWatch): Promise<CommandEnd> => {
  const mark = markOf();
  ensureKeeper(mark === null ? [] : WOKEN);
  const [program, ...before] = mark === null ? [process.execPath] : [...markedBy(mark), process.execPath];
  const shim = spawn(program, [...before, SHIM], {
    detached: true,
    env: toolsOnly(),
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const gone = new Promise<void>((resolve) =>
    shim.once('exit', () => resolve(killTree(shim, mark, command.marker))).once('error', () => resolve()),
  );
  const ended = endOf(shim);
  // Out of file descriptors: the child has no streams.
  if (!shim.stdout) return ended;
  const output = readOutput({ out: shim.stdout, err: shim.stderr! }, watch);
  const drained = Promise.all(output.map((reader) => reader.done));
  const stop = stopOnAbort(shim, watch);
  // A command may have stopped its parent; an attempt must not wait for a stopped shim for ever.
  const wake = setInterval(() => shim.exitCode === null && shim.signalCode === null && shim.kill('SIGCONT'), WAKE_MS);
  try {
    shim.send({ ...command, mark, worker: process.pid }, () => {});
    const end = await ended;
    await Promise.race([
      drained,
      watch.signal.aborted ? stop.expired : quiet(output, QUIET_MS, Promise.race([drained, stop.expired])),
    ]);
    closeGroup(shim);
    await gone;
    await Promise.race([drained, watch.signal.aborted ? after(AFTERMATH_MS) : quiet(output, QUIET_MS, drained)]);
    return end;
  } finally {
    clearInterval(wake);
    stop.clear();
    closeGroup(shim);
    for (const reader of output) reader.close();
  }
};

const endOf = (shim: ChildProcess): Promise<CommandEnd> =>
  new Promise((resolve) => {
    shim.on('message', (message: { code?: number | null; signal?: string | null; failed?: string }) => {
      if (message.failed !== undefined) resolve({ kind: 'not_started', errno: message.failed });
      else if (message.code !== undefined)
        resolve({ kind: 'exited', code: message.code, signal: message.signal ?? null });
    });
    shim.once('exit', (code, signal) => resolve({ kind: 'exited', code, signal }));
    shim.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'not_started', errno: error.code ?? error.message }),
    );
  });

/** Settles when all readers have been silent for `ms`, or when `orElse` settles. */
const quiet = async (readers: readonly Reader[], ms: number, orElse: Promise<unknown>): Promise<void> => {
  let over = false;
  void orElse.then(() => (over = true));
  const start = performance.now();
  while (!over && (performance.now() - start < ms || readers.some((reader) => reader.quietFor() < ms))) await after(20);
};
/** The shim needs only PATH from this process's environment. */
const toolsOnly = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '/usr/bin:/bin' });
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** SIGTERM at once, SIGKILL after the grace; `expired` settles when the grace has elapsed. */
const stopOnAbort = (shim: ChildProcess, watch: CommandWatch): { readonly expired: Promise<void>; clear(): void } => {
  let timer: NodeJS.Timeout | undefined;
  let expire = (): void => {};
  const expired = new Promise<void>((resolve) => (expire = resolve));
  const onAbort = (): void => {
    killGroup(shim, 'SIGTERM');
    timer = setTimeout(() => {
      closeGroup(shim);
      expire();
    }, watch.graceMs());
  };
  if (watch.signal.aborted) onAbort();
  else watch.signal.addEventListener('abort', onAbort, { once: true });
  return {
    expired,
    clear: () => {
      clearTimeout(timer);
      watch.signal.removeEventListener('abort', onAbort);
    },
  };
};

/** Closes the shim's channel, so that it kills the group, itself included; the files stay for the attempt to read. */
const closeGroup = (shim: ChildProcess): void => {
  if (!shim.connected) return;
  shim.kill('SIGCONT');
  shim.send({ keepScratch: true }, () => {
    if (shim.connected) shim.disconnect();
  });
  // A stopped shim (SIGSTOP) does not notice that its channel closed.
  const timer = setTimeout(() => killGroup(shim, 'SIGKILL'), SHIM_MS);
  shim.once('exit', () => clearTimeout(timer));
};

const killGroup = (shim: ChildProcess, signal: NodeJS.Signals): void => {
  if (shim.pid === undefined) return;
  try {
    process.kill(-shim.pid, signal);
  } catch {
    // The group is already empty.
  }
};
