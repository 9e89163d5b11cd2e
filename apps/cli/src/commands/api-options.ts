import type { Command } from 'commander';
import { type ApiClient, apiClient } from '../api-client.ts';
import { findConnection } from '../connection.ts';

/** Of every command that talks to the API. */
export interface ApiOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
}

export const withApiOptions = (command: Command): Command =>
  command
    .option('--json', 'print JSON on stdout')
    .option('--url <url>', 'address of the API (MILLRACE_URL; default: that of the local "millrace up")')
    .option('--token <token>', 'token (MILLRACE_TOKEN; default: that of the data folder)');

export const apiOf = (options: ApiOptions): ApiClient => apiClient(findConnection(options));

/** For options that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
