import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** Adds commands; a command's result is the exit code. */
export type AddCommands = (program: Command, terminal: Terminal, end: (code: ExitCode) => void) => void;
