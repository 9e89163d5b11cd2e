import { mkdirSync, statSync } from 'node:fs';
import { MillraceError } from '../domain/index.ts';

/**
 * Makes the data folder (mode 0700) when there is none. Answers a warning for people when other users may look into one that is there, else null.
 * @throws MillraceError `invalid_config` when it cannot be made
 */
export const openDataFolder = (path: string): string | null => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const wide = wideFolder(path, statSync(path).mode);
    return wide && `${wide.says}; run "${wide.fix}"`;
  } catch (error) {
    const { message } = error as Error;
    throw new MillraceError('invalid_config', `the data folder ${path} cannot be made: ${message}`, {
      errors: [{ path: 'MILLRACE_DATA_DIR', message }],
      cause: error,
    });
  }
};

/** Tokens, artifacts and what Redis keeps are in it. */
export const wideFolder = (path: string, mode: number): { readonly says: string; readonly fix: string } | null => {
  if ((mode & 0o077) === 0) return null;
  const octal = (mode & 0o7777).toString(8).padStart(4, '0');
  return { says: `${path} has mode ${octal}: other users of this machine may look into it`, fix: `chmod 700 ${path}` };
};
