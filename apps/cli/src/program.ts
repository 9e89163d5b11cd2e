import { createRequire } from 'node:module';
import { Command } from 'commander';
import type { AddCommands } from './commands/add-commands.ts';
import { artifactsCommand } from './commands/artifacts.ts';
import { auditCommand } from './commands/audit.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { gateCommands } from './commands/gates.ts';
import { graphCommand } from './commands/graph.ts';
import { logsCommand } from './commands/logs.ts';
import { openCommand } from './commands/open.ts';
import { pauseCommands } from './commands/pause.ts';
import { rerunCommand } from './commands/rerun.ts';
import { pipelinesCommand } from './commands/pipelines.ts';
import { processCommands } from './commands/processes.ts';
import { restartCommand } from './commands/restart.ts';
import { retryCommand } from './commands/retry.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { statusCommand } from './commands/status.ts';
import { stopCommand } from './commands/stop.ts';
import { tokenCommand } from './commands/token.ts';
import { upCommands } from './commands/up.ts';
import { validateCommand } from './commands/validate.ts';
import { watchCommand } from './commands/watch.ts';
import { whyCommand } from './commands/why.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { safe, type Terminal } from './terminal.ts';

const COMMANDS: readonly AddCommands[] = [
  upCommands,
  processCommands,
  runCommand,
  runsCommand,
  statusCommand,
  whyCommand,
  watchCommand,
  stopCommand,
  pauseCommands,
  rerunCommand,
  gateCommands,
  restartCommand,
  retryCommand,
  logsCommand,
  artifactsCommand,
  exportCommand,
  openCommand,
  pipelinesCommand,
  graphCommand,
  scheduleCommand,
  tokenCommand,
  auditCommand,
  validateCommand,
  doctorCommand,
];

/** Defines the commands and options; passes the exit code of a command to `end`. */
export const describeProgram = (terminal: Terminal, end: (code: ExitCode) => void): Command => {
  const root = new Command('millrace')
    .description('Pipelines on one Redis: nothing lost, nothing doubled.')
    .version((createRequire(import.meta.url)('../package.json') as { version: string }).version)
    .exitOverride()
    // Arguments can be file names.
    .configureOutput({ writeErr: (text) => terminal.draw(safe(text)) })
    .showHelpAfterError('(millrace --help lists the commands)');
  root.hook('preAction', (_, command) => {
    if (command.opts()['utc'] === true) terminal.zone = 'utc';
  });
  for (const add of COMMANDS) add(root, terminal, end);
  return root.addHelpText(
    'after',
    '\nExit codes: 0 success, 1 the run failed, 2 bad usage, 3 API unreachable, 4 not allowed.',
  );
};

/**
 * Parses and runs the command line. Unknown commands and options are rejected with the nearest name.
 * @throws CommanderError for wrong usage (and for --help), CliError for what went wrong
 */
export const program = async (terminal: Terminal, argv: readonly string[] = process.argv): Promise<ExitCode> => {
  let code: ExitCode = EXIT.done;
  await describeProgram(terminal, (answer) => (code = answer)).parseAsync([...argv]);
  return code;
};
