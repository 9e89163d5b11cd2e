/**
 * SIGKILLs workers, shims, or both at random moments of a shim's life, while other processes take the CPU, and counts
 * what must never be: processes of a command that outlive its attempt, attempts that ran beside their retry, folders
 * that were left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@millrace/core/testing';
import type { AppProcess } from './app-process.ts';
import { type DefinitionFile } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';

export interface KillsDone {
  /** By who was killed and when. */
  readonly kills: Readonly<Record<string, number>>;
  readonly runs: Readonly<Record<string, number>>;
  /** How many attempts there were: one more than a run means that a kill cost something. */
  readonly attempts: number;
  readonly survivors: readonly string[];
  readonly beside: readonly string[];
  readonly folders: readonly string[];
}

/** What the trees of the commands do. Each holds the lock of its run for as long as anything of it lives. */
const KINDS: Readonly<Record<string, string>> = {
  plain: ':',
  forking: '(while :; do sleep 600 & sleep 0.01; done) &',
  'new-session': 'setsid sleep 600 &',
  'new-session-each': 'sh hop.sh &',
  'empty-environment': 'env -i setsid "$(command -v sleep)" 600 &',
};
const TREE = `
exec 9>"locks/$MILLRACE_RUN_ID"
flock -n 9 || echo "$MILLRACE_RUN_ID attempt $MILLRACE_ATTEMPT ($1)" >> beside
case "$1" in
${Object.entries(KINDS)
  .map(([kind, script]) => `  ${kind}) ${script} ;;`)
  .join('\n')}
esac
sleep 0.3
`;
const FILES: readonly DefinitionFile[] = [
  { name: 'tree.sh', text: TREE },
  { name: 'hop.sh', text: 'sleep 0.01; setsid sh hop.sh &' },
  ...Object.keys(KINDS).map((kind) => ({
    name: `${kind}.pipeline.yaml`,
    text: `
name: ${kind}
overlap: allow
stages:
  only:
    command: [sh, tree.sh, ${kind}]
    retry: { maximum_attempts: 20, initial_interval: 10ms, backoff_coefficient: 1 }
`,
  })),
];

const WHOM = ['worker', 'shim', 'both'] as const;
/**
 * From when the shim was seen, ms: a shim is up after about a tenth of a second, the command ends 0.3 s after it began.
 */
const MOMENTS = { 'before start': [0, 0], starting: [0, 150], running: [150, 400], ending: [300, 900] } as const;
/** Longer than a loaded machine takes to end a tree, as the default is by far. */
const TIMES = { MILLRACE_LEASE_MS: '3000', MILLRACE_HEARTBEAT_MS: '500', MILLRACE_WORKER_CONCURRENCY: '1' };
const PLACES = 3;

interface Kills {
  readonly count: number;
  readonly seed: number;
  /** Processes that take a CPU each. */
  readonly load: number;
  readonly onKill?: (n: number) => void;
}

export const killAtRandom = async ({ count, seed, load, onKill = () => {} }: Kills): Promise<KillsDone> => {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const burning = Array.from({ length: load }, burn);
  const on = await deploy(FILES);
  const temporary = join(on.folder, 'tmp');
  for (const name of ['tmp', 'locks']) mkdirSync(join(on.folder, name));
  const kills: Record<string, number> = {};
  let left = count;

  const startWorker = () => on.worker({ ...TIMES, TMPDIR: temporary });
  /** Ends the worker, its shim, or both, and answers whether the worker is still there. */
  const killOnce = async (worker: AppProcess): Promise<boolean> => {
    const whom = pick(WHOM);
    const moment = pick(Object.keys(MOMENTS) as (keyof typeof MOMENTS)[]);
    const [from, to] = MOMENTS[moment];
    const name = `${moment === 'before start' ? 'worker' : whom} ${moment}`;
    kills[name] = (kills[name] ?? 0) + 1;
    const old = new Set(shimsOf(worker.pid));
    await on.start(pick(Object.keys(KINDS)));
    if (moment === 'before start') {
      await delay(random() * 50);
      await worker.kill9();
      return false;
    }
    const shim = await waitFor(() => shimsOf(worker.pid).find((pid) => !old.has(pid)), {
      what: 'a shim',
      timeoutMs: 60_000,
    });
    await delay(from + random() * (to - from));
    const isShimFirst = random() < 0.5;
    if (whom !== 'worker' && isShimFirst) kill(shim);
    const gone = whom === 'shim' ? null : worker.kill9();
    if (whom !== 'worker' && !isShimFirst) kill(shim);
    await gone;
    return gone === null;
  };
  const place = async (): Promise<void> => {
    for (let worker = await startWorker(); left > 0; ) {
      await waitFor(async () => (await liveRuns(on)) < 3 * PLACES, { what: 'the work to be done', timeoutMs: 120_000 });
      if (left-- <= 0) return;
      if (!(await killOnce(worker))) worker = await startWorker();
      onKill(count - Math.max(left, 0));
    }
  };

  try {
    await on.scheduler({
      MILLRACE_LEASE_MS: TIMES.MILLRACE_LEASE_MS,
      MILLRACE_HEARTBEAT_MS: TIMES.MILLRACE_HEARTBEAT_MS,
    });
    await Promise.all(Array.from({ length: PLACES }, place));
    await on.untilAllEnded(120_000);
    const remains = () => ({
      survivors: survivorsOf(on),
      folders: readdirSync(temporary).filter((name) => name.startsWith('millrace-stage-')),
    });
    await waitFor(() => remains().survivors.length + remains().folders.length === 0, {
      what: 'the end of every tree',
    }).catch(() => {});
    const runs = (await Promise.all(on.loaded.map(({ pipeline }) => on.runsOf(pipeline.name)))).flat();
    const beside = join(on.folder, 'beside');
    return {
      kills,
      runs: runs.reduce<Record<string, number>>(
        (all, { status }) => ({ ...all, [status]: (all[status] ?? 0) + 1 }),
        {},
      ),
      attempts: runs.reduce((sum, { stages }) => sum + stages[0]!.attempts.length, 0),
      beside: existsSync(beside) ? readFileSync(beside, 'utf8').trim().split('\n') : [],
      ...remains(),
    };
  } finally {
    for (const one of burning) one.kill('SIGKILL');
    for (const survivor of survivorsOf(on)) kill(Number(survivor.split(' ')[0]));
    await on.end();
  }
};

const liveRuns = async (on: Deployment): Promise<number> =>
  (await Promise.all(on.loaded.map(({ pipeline }) => on.store.liveRuns(pipeline.name, 100)))).flat().length;

/** Takes one CPU for as long as this process lives. */
const burn = (): ChildProcess =>
  spawn(
    process.execPath,
    [
      '-e',
      `process.on('disconnect', () => process.exit()); setInterval(() => { for (const t = performance.now(); performance.now() - t < 50; ); }, 1)`,
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  );

/** The same numbers for the same seed (mulberry32). What the system makes of them differs. */
const randomOf = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Also those that are only about to become one. */
const shimsOf = (worker: number): readonly number[] =>
  textOf(`/proc/${worker}/task/${worker}/children`)
    .split(' ')
    .filter((pid) => pid !== '' && textOf(`/proc/${pid}/cmdline`).includes('command-shim'))
    .map(Number);

/** Who holds the lock of a run. */
const survivorsOf = ({ folder }: Deployment): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const line = textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      return filesOf(pid).some((file) => file.startsWith(`${folder}/locks/`)) ? [`${pid} ${line}`] : [];
    });

const filesOf = (pid: string): readonly string[] => {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
};
