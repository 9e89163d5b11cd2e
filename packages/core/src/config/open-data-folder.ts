import { mkdirSync, statSync } from 'node:fs';
import { MillraceError } from '../domain/index.ts';

/**
 * Creates the data folder (mode 0700) if missing. Returns a warning if other users can read an existing one, else null.
 * @throws MillraceError `invalid_config` when it cannot be created
 */
export const openDataFolder = (path: string): string | null => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const wide = wideFolder(path, statSync(path).mode);
    return wide && `${wide.says}; run "${wide.fix}"`;
  } catch (error) {
    const { message } = error as Error;
    throw new MillraceError('invalid_config', `the data folder ${path} cannot be created: ${message}`, {
      errors: [{ path: 'MILLRACE_DATA_DIR', message }],
      cause: error,
    });
  }
};

/** It holds tokens, artifacts and the data of Redis. */
export const wideFolder = (path: string, mode: number): { readonly says: string; readonly fix: string } | null => {
  if ((mode & 0o077) === 0) return null;
  const octal = (mode & 0o7777).toString(8).padStart(4, '0');
  return { says: `${path} has mode ${octal}: other users of this machine may look into it`, fix: `chmod 700 ${path}` };
};
