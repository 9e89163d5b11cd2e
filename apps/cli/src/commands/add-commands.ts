import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** Adds its commands; what one of them answers is the exit code. */
export type AddCommands = (program: Command, terminal: Terminal, end: (code: ExitCode) => void) => void;
