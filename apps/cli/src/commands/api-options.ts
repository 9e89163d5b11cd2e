import { type Client, createClient } from '@millrace/client';
import type { Command } from 'commander';
import { findConnection } from '../connection.ts';
import { refusalFor } from '../refusals.ts';

/** Options of every command that calls the API. */
export interface ApiOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
}

export const withApiOptions = (command: Command): Command =>
  command
    .option('--json', 'print JSON on stdout')
    .option('--url <url>', 'API address (MILLRACE_URL; default: the local "millrace up")')
    .option('--utc', "show times in UTC (default: this machine's time zone, with its offset)")
    .option('--token <token>', 'API token (MILLRACE_TOKEN; default: the one in the data folder)');

/** Gives a command's action the API client its options select; API errors become the command's errors. */
export const onApi =
  <Words extends readonly unknown[]>(act: (api: Client, ...words: Words) => Promise<void>) =>
  async (...words: Words): Promise<void> => {
    // Commander passes the arguments, the options and the command.
    const connection = findConnection(words.at(-2) as ApiOptions);
    try {
      await act(createClient({ ...connection, agent: AGENT }), ...words);
    } catch (error) {
      throw refusalFor(error, connection.token !== null);
    }
  };

/** By this the audit log tells what was done on the command line. */
const AGENT = 'millrace-cli';

/** Collects a repeatable option. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
