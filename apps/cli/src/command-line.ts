import { CommanderError } from 'commander';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { program } from './program.ts';
import { jsonText, processTerminal } from './terminal.ts';

const report = (error: unknown): ExitCode => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const terminal = processTerminal();
  if (!(error instanceof CliError)) {
    terminal.say(`millrace: ${(error as Error).stack ?? String(error)}`);
    return EXIT.failed;
  }
  if (process.argv.includes('--json'))
    terminal.out(jsonText({ error: error.problem ?? { detail: error.message, errors: error.details } }));
  terminal.say(`${terminal.paint('red', 'millrace:')} ${error.message}`);
  for (const detail of error.details) terminal.say(`  ${detail}`);
  return error.exitCode;
};

// A reader that stops early (`| head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
);

try {
  process.exitCode = await program(processTerminal());
} catch (error) {
  process.exitCode = report(error);
}
