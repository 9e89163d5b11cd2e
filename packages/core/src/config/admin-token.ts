import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../domain/index.ts';
import type { Config } from './config.ts';

/**
 * The administrator's token: the configured one, else the one in `<dataDir>/admin-token` (mode 0600), generated once.
 * If several processes start together, one generates it and all return the same token. `generated` is true for that
 * one.
 */
export const adminToken = (
  config: Pick<Config, 'adminToken' | 'dataDir'>,
): { readonly token: string; readonly generated: boolean } => {
  if (config.adminToken !== null) return { token: config.adminToken, generated: false };
  const path = join(config.dataDir, 'admin-token');
  const generated = generateOnce(config.dataDir, path);
  const token = readFileSync(path, 'utf8').trim();
  if (token === '')
    throw new MillraceError('invalid_config', `${path} is empty: delete it and a new token is generated`, {
      errors: [{ path, message: 'is empty' }],
    });
  chmodSync(path, 0o600);
  return { token, generated };
};

/** Written to a temporary name and then linked, so that no process reads half a token and only one link succeeds. */
const generateOnce = (folder: string, path: string): boolean => {
  const draft = `${path}.${randomUUID()}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(draft, path);
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && existsSync(path)) return false;
    throw new MillraceError('invalid_config', `cannot store a token in ${path}: ${message}`, {
      errors: [{ path, message }],
      cause: error,
    });
  } finally {
    if (existsSync(draft)) rmSync(draft);
  }
};
