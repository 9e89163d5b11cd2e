import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VARIABLES } from '@millrace/core/config';
import { identityOf, isAlive, withFolderLock } from '@millrace/core/embedded';
import { isSecret } from '@millrace/core/secrets';
import { CliError, EXIT } from '../exit-codes.ts';

/** A running `up` or `dev` of a data folder. */
export interface RunningDeployment {
  readonly pid: number;
  /** Identifies the process together with the pid (core/embedded/process-identity.ts). */
  readonly startedAt: string;
  /** Its working directory: relative paths in its environment start there. */
  readonly cwd: string;
  /** Null until it serves. */
  readonly url: string | null;
  /** Whether REDIS_URL named its Redis; a URL with a password is left out of `environment`. */
  readonly ownRedis: boolean;
  /** Variables set for it, except secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

const FILE = 'deployment.json';

/** The running `up` or `dev` of the folder, or null. */
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
 * Claims the data folder for this `up`.
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
