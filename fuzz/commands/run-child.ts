/**
 * Runs each command line that it is sent as the program would, in this process, and answers what a shell would have
 * seen.
 */
import { CommanderError } from 'commander';
import { CliError } from '../../apps/cli/src/exit-codes.ts';
import { processTerminal } from '../../apps/cli/src/terminal.ts';
import { describeProgram, program } from '../../apps/cli/src/program.ts';
import type { CommandShape, Ran } from './command-line.ts';

/** Thrown by what stands for `process.exit`. */
class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const run = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> => {
  let out = '';
  let err = '';
  const [writeOut, writeErr, exit, before] = [
    process.stdout.write,
    process.stderr.write,
    process.exit,
    { ...process.env },
  ];
  process.stdout.write = (text: string | Uint8Array) => ((out = cut(out + String(text))), true);
  process.stderr.write = (text: string | Uint8Array) => ((err = cut(err + String(text))), true);
  process.exit = (code) => {
    throw new Exit(Number(code ?? 0));
  };
  Object.assign(process.env, env);
  try {
    return { code: await program(processTerminal(), ['node', 'millrace', ...args]), out, err };
  } catch (error) {
    if (error instanceof Exit) return { code: error.code, out, err };
    if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, out, err };
    if (error instanceof CliError) {
      // As main.ts says it.
      const terminal = processTerminal();
      for (const line of [error.message, ...error.details]) terminal.say(line);
      return { code: error.exitCode, out, err };
    }
    return { code: 1, out, err: `${err}${error instanceof Error ? error.stack : String(error)}` };
  } finally {
    [process.stdout.write, process.stderr.write, process.exit] = [writeOut, writeErr, exit];
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
};

const cut = (text: string): string => (text.length > 400_000 ? text.slice(0, 400_000) : text);

/** Every command with its options, as the program describes itself. */
const shapes = (): readonly CommandShape[] => {
  const found: CommandShape[] = [];
  const visit = (command: ReturnType<typeof describeProgram>, path: readonly string[]): void => {
    const options = command.options.map(({ long, short, required, optional }) => ({
      name: long ?? short!,
      short: short ?? null,
      takesValue: required || optional,
    }));
    found.push({
      path,
      options,
      words: command.registeredArguments.map((word) => word.name()),
      leads: command.commands.length > 0,
    });
    for (const inner of command.commands) visit(inner, [...path, inner.name()]);
  };
  visit(
    describeProgram(processTerminal(), () => {}),
    [],
  );
  return found;
};

process.on('message', (message: { args?: readonly string[]; env?: Readonly<Record<string, string>> }) => {
  if (message.args === undefined) return void process.send!(shapes());
  void run(message.args, message.env ?? {}).then((ran) => process.send!(ran));
});
process.once('disconnect', () => process.exit());
