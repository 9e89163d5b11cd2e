import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDataFolder } from '@millrace/core/config';
import { CliError, EXIT } from './exit-codes.ts';
import { runningDeployment } from './up/running-deployment.ts';

/** Where the API is, and with which token. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
}

export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

/** By flag, then environment (MILLRACE_URL, MILLRACE_TOKEN), then the data folder, then http://127.0.0.1:3000. */
export const findConnection = (options: ConnectionOptions, environment: NodeJS.ProcessEnv = process.env): Connection => {
  const dataDir = findDataFolder(environment['MILLRACE_DATA_DIR'], process.cwd());
  const url = options.url ?? (environment['MILLRACE_URL'] || null) ?? runningDeployment(dataDir)?.url ?? localAddress(environment);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CliError(EXIT.usage, `"${url}" is not the address of an API: it must look like http://127.0.0.1:3000`);
  const token = options.token ?? (environment['MILLRACE_TOKEN'] || environment['MILLRACE_ADMIN_TOKEN'] || null) ?? read(join(dataDir, 'admin-token'));
  return { url: url.replace(/\/+$/, ''), token };
};

const localAddress = (environment: NodeJS.ProcessEnv): string => {
  const host = environment['MILLRACE_HOST'] || '127.0.0.1';
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${environment['MILLRACE_PORT'] || '3000'}`;
};

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
};
