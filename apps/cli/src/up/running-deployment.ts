import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VARIABLES } from '@millrace/core/config';
import { identityOf, isAlive, withFolderLock } from '@millrace/core/embedded';
import { isSecret } from '@millrace/core/secrets';
import { CliError, EXIT } from '../exit-codes.ts';

/** What the `up` or `dev` of a data folder runs with. */
export interface RunningDeployment {
  readonly pid: number;
  /** With the pid: which process it is (core/embedded/process-identity.ts). */
  readonly startedAt: string;
  /** The folder in which it was started: relative paths in its environment begin there. */
  readonly cwd: string;
  /** Null until it serves. */
  readonly url: string | null;
  /** Whether its Redis was named by a REDIS_URL: with a password in it, `environment` does not have it. */
  readonly ownRedis: boolean;
  /** The variables that were set for it, without what is secret. */
  readonly environment: Readonly<Record<string, string>>;
}

const FILE = 'deployment.json';

/** The living `up` or `dev` of the folder, or null. */
export const runningDeployment = (dataDir: string): RunningDeployment | null => {
  try {
    const found = JSON.parse(readFileSync(join(dataDir, FILE), 'utf8')) as RunningDeployment;
    return isAlive(found) ? found : null;
  } catch {
    return null;
  }
};

export interface Claim {
  serves(url: string): void;
  release(): void;
}

/**
 * Makes this process the one `up` of the data folder.
 * @throws CliError when another one lives there
 */
export const claimDataFolder = (dataDir: string, environment: NodeJS.ProcessEnv): Promise<Claim> =>
  withFolderLock(join(dataDir, 'up'), async () => {
    const other = runningDeployment(dataDir);
    if (other)
      throw new CliError(
        EXIT.failed,
        `${dataDir} is in use: process ${other.pid} already runs Millrace there${other.url === null ? '' : `, at ${other.url}`}`,
        {
          details: ['use it, stop it, or set MILLRACE_DATA_DIR (and MILLRACE_PORT) to run another alongside it'],
        },
      );
    const path = join(dataDir, FILE);
    const write = (url: string | null): void => {
      const { pid, startedAt } = identityOf(process.pid);
      const mine: RunningDeployment = {
        pid,
        startedAt,
        cwd: process.cwd(),
        url,
        ownRedis: Boolean(environment['REDIS_URL']),
        environment: openVariables(environment),
      };
      writeFileSync(path, `${JSON.stringify(mine, null, 2)}\n`, { mode: 0o600 });
    };
    write(null);
    return { serves: write, release: () => rmSync(path, { force: true }) };
  });

const openVariables = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.keys(VARIABLES).flatMap((name) => {
      const value = environment[name];
      return value && !isSecret(name, value) ? [[name, value]] : [];
    }),
  );
