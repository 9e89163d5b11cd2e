import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@millrace/core/testing';

const MAIN = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));

/** What a shell saw of one command. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A separate folder with pipelines, in which the real program is run. */
export const project = (pipelines: Readonly<Record<string, string>>) => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  mkdirSync(join(dir, 'pipelines'));
  for (const [name, yaml] of Object.entries(pipelines))
    writeFileSync(join(dir, 'pipelines', `${name}.pipeline.yaml`), yaml);
  const base: NodeJS.ProcessEnv = {
    ...process.env,
    MILLRACE_DATA_DIR: join(dir, '.millrace'),
    MILLRACE_PORT: '0',
    NO_COLOR: '1',
  };
  for (const name of ['REDIS_URL', 'MILLRACE_URL', 'MILLRACE_TOKEN', 'MILLRACE_ADMIN_TOKEN', 'NODE_OPTIONS', 'VITEST'])
    delete base[name];

  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: build first (npm run build)`);
  // Without a umask: the writer of a file decides who may read it.
  const startBy = (words: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = dir): Running =>
    running(
      spawn('/bin/sh', ['-c', 'umask 0; exec "$0" "$@"', ...words], {
        cwd,
        env: { ...base, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      }),
    );
  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = dir): Running =>
    startBy([process.execPath, MAIN, ...args], env, cwd);
  /** As a script of a package.json: npm, its shell (which `exec ` replaces), and the program. */
  const startUnderNpm = (args: readonly string[], exec = ''): Running => {
    const script = exec + [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'project', scripts: { millrace: script } }));
    return running(
      spawn('npm', ['run', 'millrace'], { cwd: dir, env: base, stdio: ['ignore', 'pipe', 'pipe'], detached: true }),
    );
  };
  return {
    dir,
    start,
    /** Any program, as `start` does. */
    startBy,
    startUnderNpm,
    run: (...args: string[]): Promise<Ended> => start(args).ended,
    runWith: (env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> => start(args, env).ended,
    /** `up`, once it serves. */
    up: async (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Running> => {
      const up = start(['up', ...args], env);
      await waitFor(() => up.err().includes('token: ') || up.child.exitCode !== null, {
        timeoutMs: 90_000,
        what: '"up" to serve',
      });
      if (up.child.exitCode !== null) throw new Error(`"up" ended: ${up.err()}`);
      return up;
    },
    /** Every process that was started here, by whomever: it works in the folder, or inherited its name. */
    processes: (): readonly LiveProcess[] => processesWith(dir),
    remove: () => {
      for (const { pid } of processesWith(dir)) process.kill(pid, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** The folder and what is below it, as far as others than their owner may use it. */
export const openToOthers = (folder: string): readonly string[] =>
  [folder, ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))].filter(
    (path) => lstatSync(path).mode & 0o077,
  );

export interface Running {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly ended: Promise<Ended>;
  /** As Ctrl-C does: to the whole process group. */
  interrupt(): void;
}

const running = (child: ChildProcess): Running => {
  let out = '';
  let err = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return { child, out: () => out, err: () => err, ended, interrupt: () => void process.kill(-child.pid!, 'SIGINT') };
};

export interface LiveProcess {
  readonly pid: number;
  readonly command: string;
}

const processesWith = (dir: string): LiveProcess[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const isOurs = [command, readlinkSync(`/proc/${pid}/cwd`), readFileSync(`/proc/${pid}/environ`, 'utf8')].some(
          (text) => text.includes(dir),
        );
        const isZombie = /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        return isOurs && !isZombie ? [{ pid: Number(pid), command }] : [];
      } catch {
        return [];
      }
    });
