import type { Redis } from 'ioredis';
import { MillraceError } from '../domain/index.ts';
import type { Keys } from './keys.ts';
import { SCRIPTS } from './scripts.generated.ts';

export type ScriptName = keyof typeof SCRIPTS;

/** One deployment's Redis: a connection and the keys. */
export interface Database {
  readonly redis: Redis;
  readonly keys: Keys;
}

/**
 * Runs a script: one EVALSHA, and one EVAL when Redis does not know it yet (after a restart or SCRIPT FLUSH).
 * Throws `store_unavailable` or `store_full` when Redis cannot answer; the command may then have taken effect.
 */
export const runScript = async (db: Database, name: ScriptName, args: readonly (string | number)[]): Promise<unknown> => {
  const { sha, lua } = SCRIPTS[name];
  try {
    return await db.redis.evalsha(sha, 1, db.keys.root, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw storeError(error, name);
  }
  try {
    return await db.redis.eval(lua, 1, db.keys.root, ...args);
  } catch (error) {
    throw storeError(error, name);
  }
};

/** What Redis said, as an error of the catalogue. */
export const storeError = (error: unknown, doing: string): MillraceError => {
  if (error instanceof MillraceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('OOM')) return new MillraceError('store_full', `Redis is out of memory (${doing})`, { cause: error });
  if (/^(ERR|WRONGTYPE|user_script)/.test(message) || message.includes('user_script'))
    return new MillraceError('internal', `Redis refused ${doing}: ${message}`, { cause: error });
  return new MillraceError('store_unavailable', `Redis did not answer (${doing}): ${message}`, { cause: error });
};
