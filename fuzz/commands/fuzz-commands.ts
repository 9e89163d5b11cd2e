import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FuzzedDeployment } from '../deployment.ts';
import type { Findings } from '../findings.ts';
import { SECRET } from '../pipelines.ts';
import { randomOf } from '../random.ts';
import { runCases } from '../run-cases.ts';
import { type Asked, warmChild } from '../watch/warm-child.ts';
import { type CommandLine, type CommandShape, makeCommandLine, type Ran } from './command-line.ts';

export interface CommandsDone {
  readonly count: number;
  /** Those that ran as processes of their own, from the build. */
  readonly spawned: number;
  readonly codes: Readonly<Record<string, number>>;
}

interface Options {
  readonly seed: number;
  readonly cases: readonly number[];
  readonly findings: Findings;
  readonly onCase: (done: number) => void;
  readonly stop: () => boolean;
}

const HUNG_AFTER_MS = 30_000;
/** Who follows a live run does so until somebody ends it. */
const FOLLOWING_MS = 2_000;
/** Every so many is a process of its own. */
const SPAWNED_OF = 50;

const MAIN = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));

export const fuzzCommands = async (
  deployment: FuzzedDeployment,
  { seed, cases, findings, onCase, stop }: Options,
): Promise<CommandsDone> => {
  const {
    MILLRACE_URL: _url,
    MILLRACE_TOKEN: _token,
    MILLRACE_ADMIN_TOKEN: _admin,
    REDIS_URL: _redis,
    ...inherited
  } = process.env;
  const env = { ...inherited, MILLRACE_DATA_DIR: `${deployment.folder}/no-data`, NO_COLOR: '1' };
  // One level down: what is above it is the deployment's, and not everything that this machine keeps for a while.
  const cwd = join(deployment.folder, 'work');
  mkdirSync(cwd);
  const child = warmChild<Ran>(new URL('run-child.ts', import.meta.url), env, cwd);
  const described = await (
    child as unknown as { ask(question: object, ms: number): Promise<Asked<readonly CommandShape[]>> }
  ).ask({}, HUNG_AFTER_MS);
  if (described.kind !== 'answered')
    throw new Error(`the child that runs commands does not work: ${JSON.stringify(described)}`);
  const done = { count: 0, spawned: 0, codes: {} as Record<string, number> };
  await runCases(
    cases.length,
    1,
    async (at) => {
      const number = cases[at]!;
      const line = makeCommandLine(
        described.answer,
        deployment.known,
        deployment.url,
        randomOf(seed, 'commands', number),
      );
      const alone = number % SPAWNED_OF === 7 && !line.args.some((word) => word.includes('\0'));
      const patience = follows(line) ? FOLLOWING_MS : HUNG_AFTER_MS;
      const asked = alone
        ? await spawned(line, { ...env, ...line.env }, cwd, patience)
        : await child.ask(line, patience);
      done.count += 1;
      done.spawned += alone ? 1 : 0;
      onCase(done.count);
      const code = asked.kind === 'answered' ? String(asked.answer.code) : asked.kind;
      done.codes[code] = (done.codes[code] ?? 0) + 1;
      const detail = `${JSON.stringify(line).slice(0, 900)}\n-> ${asked.kind === 'answered' ? `${asked.answer.code} ${asked.answer.err.slice(0, 500)}` : JSON.stringify(asked)}`;
      for (const what of problemsOf(line, asked, deployment.known.token))
        findings.add(what, `commands:${number}`, detail, asked.kind === 'hung');
    },
    stop,
  );
  child.end();
  return done;
};

/** It may go on until its run ends. */
const follows = ({ args }: CommandLine): boolean =>
  args.some((word) => /^(?:watch|--wait.*|--follow.*|-f.*|-\w*f\w*)$/.test(word));

export const problemsOf = (line: CommandLine, asked: Asked<Ran>, token: string): readonly string[] => {
  const { args } = line;
  const name = `millrace ${args
    .filter((word) => /^[a-z]+$/.test(word))
    .slice(0, args[0] === 'schedule' || args[0] === 'artifacts' ? 2 : 1)
    .join(' ')}`;
  if (asked.kind === 'hung') return follows(line) ? [] : [`${name} hangs`];
  if (asked.kind === 'died') return [`${name} ends the process: ${asked.said.replaceAll(/\d+/g, 'n').slice(0, 100)}`];
  const { code, out, err } = asked.answer;
  const problems: string[] = [];
  if (code === null || code < 0 || code > 4) problems.push(`${name} exits with ${code}`);
  if (/^\s+at .*(?::\d+:\d+|<anonymous>)/m.test(err))
    problems.push(
      `${name} prints a stack: ${(/^.*Error.*$/m.exec(err)?.[0] ?? '').replaceAll(/\d+/g, 'n').slice(0, 100)}`,
    );
  const shown = args.some((word) => word.startsWith('--r')) ? err : out + err;
  if (CONTROL.test(shown.replaceAll(/\x1b\[[\d;:]*m/g, ''))) problems.push(`${name} prints control characters`);
  if ([token, SECRET].some((secret) => (out + err).includes(secret)) && !args.some((word) => word.includes(token)))
    problems.push(`${name} prints a secret`);
  return problems;
};
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;

const spawned = ({ args }: CommandLine, env: NodeJS.ProcessEnv, cwd: string, ms: number): Promise<Asked<Ran>> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ kind: 'hung' });
    }, ms);
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', (error) => resolve({ kind: 'died', said: error.message }));
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ kind: 'answered', answer: { code, out, err }, peakBytes: 0 });
    });
  });
