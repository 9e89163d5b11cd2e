import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatIdentity, identityOf, isAlive, parseIdentity } from './process-identity.ts';

let attachments = 0;

/**
 * Registers this process as a user of the folder's server; the returned function unregisters it and reports whether
 * others remain. A killed process does not count: its recorded pid and start time show that it is dead.
 */
export const attachUser = (folder: string): { detach(): { readonly othersLeft: boolean } } => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  attachments += 1;
  const mine = join(folder, `${process.pid}.${attachments}`);
  writeFileSync(mine, formatIdentity(identityOf(process.pid)), { mode: 0o600 });
  return {
    detach: () => {
      rmSync(mine, { force: true });
      return { othersLeft: readdirSync(folder).some((name) => isUsed(join(folder, name))) };
    },
  };
};

const isUsed = (path: string): boolean => {
  const identity = parseIdentity(readFileSync(path, 'utf8'));
  if (identity && isAlive(identity)) return true;
  rmSync(path, { force: true });
  return false;
};
