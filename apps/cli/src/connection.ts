import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDataFolder, isLoopback } from '@millrace/core/config';
import { ownEnvironment } from '@millrace/core/secrets';
import { CliError, EXIT } from './exit-codes.ts';
import { runningDeployment } from './up/running-deployment.ts';

/** Address of the API, and the token to use. */
export interface Connection {
  /** Without a trailing slash. */
  readonly url: string;
  readonly token: string | null;
}

export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

/**
 * Finds the address: the flag, then MILLRACE_URL, then the data folder's deployment, then http://127.0.0.1:3000. A
 * token is sent only where it belongs: MILLRACE_TOKEN never to an address read from a folder, and the data folder's
 * only to this machine's deployment.
 */
export const findConnection = (
  options: ConnectionOptions,
  environment: NodeJS.ProcessEnv = ownEnvironment(),
  cwd: string = process.cwd(),
): Connection => {
  const dataDir = findDataFolder(environment['MILLRACE_DATA_DIR'], cwd);
  const named = options.url ?? (environment['MILLRACE_URL'] || null);
  const running = runningDeployment(dataDir)?.url ?? null;
  const url = named ?? running ?? localAddress(environment);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CliError(EXIT.usage, `"${url}" is not an API address: it must look like http://127.0.0.1:3000`);
  const isOurs = [running, localAddress(environment)].some(
    (own) => own !== null && URL.canParse(own) && placeOf(own) === placeOf(url),
  );
  const token =
    options.token ??
    ((named === null && running !== null ? '' : environment['MILLRACE_TOKEN']) ||
      environment['MILLRACE_ADMIN_TOKEN'] ||
      null) ??
    (isOurs ? read(join(dataDir, 'admin-token')) : null);
  return { url: withoutEndSlashes(url), token };
};

const withoutEndSlashes = (url: string): string => {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
};

/** All loopback names count as one host. */
const placeOf = (url: string): string => {
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${isLoopback(hostname.replaceAll(/[[\]]/g, '')) ? 'localhost' : hostname}:${port}`;
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
