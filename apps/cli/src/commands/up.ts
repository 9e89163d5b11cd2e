import { type Config, openDataFolder } from '@millrace/core/config';
import { ownSecrets, sayReadable } from '@millrace/core/secrets';
import type { Command } from 'commander';
import { CliError, EXIT, type ExitCode } from '../exit-codes.ts';
import { configOf } from '../local-config.ts';
import type { AddCommands } from './add-commands.ts';
import { refusalFor } from '../refusals.ts';
import type { Terminal } from '../terminal.ts';
import { type Deployment, startDeployment } from '../up/deployment.ts';
import { type Claim, claimDataFolder } from '../up/running-deployment.ts';
import { runDefault } from '../up/run-default.ts';
import { prettyLines, rawLines } from '../up/show-log.ts';
import { wholeNumber } from '../whole-number.ts';

interface UpOptions {
  readonly workers: string;
  readonly pipelines?: string;
  readonly runDefault?: boolean;
}

export const upCommands: AddCommands = (program, terminal, end) => {
  addUp(
    program,
    'up',
    'run everything on this machine: API, scheduler, workers, and Redis if none is configured',
    async (options) => end(await up(terminal, options, false)),
  );
  addUp(program, 'dev', 'like up, with human-readable logs', async (options) => end(await up(terminal, options, true)));
};

const addUp = (program: Command, name: string, says: string, act: (options: UpOptions) => Promise<void>): void => {
  program
    .command(name)
    .description(says)
    .option('--workers <n>', 'number of worker processes', '1')
    .option('--pipelines <folders>', 'folders with pipeline files (MILLRACE_PIPELINES)')
    .option('--run-default', 'run the default pipeline once, right away')
    .action(act);
};

/** Runs until a signal. The first drains and stops everything, the second kills. */
const up = async (terminal: Terminal, options: UpOptions, pretty: boolean): Promise<ExitCode> => {
  const workers = wholeNumber('--workers', options.workers, 1);
  // By default people see what their runs do; what the processes do is for `dev` or LOG_LEVEL.
  const env = {
    ...process.env,
    LOG_LEVEL: process.env['LOG_LEVEL'] || (pretty ? 'info' : 'warn'),
    ...(options.pipelines === undefined ? {} : { MILLRACE_PIPELINES: options.pipelines }),
  };
  const secrets = ownSecrets();
  const config = configOf({ ...env, ...secrets });
  for (const warning of [openDataFolder(config.dataDir), sayReadable()])
    if (warning !== null) terminal.say(`${terminal.paint('yellow', 'warning:')} ${warning}`);
  const claim = await claimDataFolder(config.dataDir, { ...env, ...secrets });
  try {
    return await upIn(config, claim, { terminal, options, env, secrets, workers, pretty });
  } finally {
    claim.release();
  }
};

interface UpContext {
  readonly terminal: Terminal;
  readonly options: UpOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: NodeJS.ProcessEnv;
  readonly workers: number;
  readonly pretty: boolean;
}

const upIn = async (
  config: Config,
  claim: Claim,
  { terminal, options, env, secrets, workers, pretty }: UpContext,
): Promise<ExitCode> => {
  const signals = stopSignals();
  const showLine = (pretty ? prettyLines : rawLines)(terminal);
  const deployment = await startDeployment(config, {
    workers,
    env,
    secrets,
    terminal,
    showLine,
    signal: signals.signal,
  }).catch((error: unknown) => {
    // Nothing is running yet.
    if (signals.given()) return null;
    throw error;
  });
  if (deployment === null) return EXIT.done;
  try {
    await Promise.race([deployment.ready, signals.first]);
    claim.serves(deployment.url);
    if (!signals.given())
      await serve(deployment, terminal, options, config.defaultPipeline, config.dataDir, signals.first);
    terminal.say('stopping: waiting for stages to finish; press Ctrl-C again to kill them');
    const killed = await Promise.race([deployment.stop().then(() => false), signals.second.then(() => true)]);
    if (killed) deployment.kill();
  } finally {
    await deployment.stop();
  }
  return EXIT.done;
};

const serve = async (
  deployment: Deployment,
  terminal: Terminal,
  options: UpOptions,
  defaultPipeline: string | null,
  dataDir: string,
  stop: Promise<void>,
): Promise<void> => {
  const tell = (): void => {
    const { url, generatedToken } = deployment;
    terminal.say(
      `dashboard: ${terminal.paint('cyan', generatedToken === null ? url : `${url}/#token=${encodeURIComponent(generatedToken)}`)}`,
    );
    terminal.say(`token: ${generatedToken ?? 'the configured one'}`);
  };
  tell();
  if (options.runDefault) {
    const shown = runDefault(deployment.api, terminal, defaultPipeline, dataDir).then(tell, (error: unknown) => {
      const refusal = refusalFor(error, true);
      if (!(refusal instanceof CliError)) throw error;
      terminal.say(
        `${terminal.paint('red', 'could not run the default pipeline:')} ${[refusal.message, ...refusal.details].join('\n  ')}`,
      );
    });
    await Promise.race([shown, stop]);
  }
  await stop;
};

/** How often to check that npm is alive, ms. */
const NPM_LOOK_MS = 500;

/**
 * `npm start` and `npx` put a shell between npm and this process that forwards no signals, so npm's death must stop us.
 * Without npm, a dead parent means nothing (`nohup`, a closed terminal).
 */
const onNpmGone = (stop: () => void): void => {
  const parent = process.ppid;
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, NPM_LOOK_MS).unref();
};

const stopSignals = () => {
  let count = 0;
  let onFirst = (): void => {};
  let onSecond = (): void => {};
  const first = new Promise<void>((resolve) => (onFirst = resolve));
  const second = new Promise<void>((resolve) => (onSecond = resolve));
  const give = (): void => ((count += 1) === 1 ? onFirst() : onSecond());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, give);
  onNpmGone(give);
  const asked = new AbortController();
  void first.then(() => asked.abort());
  return { first, second, signal: asked.signal, given: () => count > 0 };
};
