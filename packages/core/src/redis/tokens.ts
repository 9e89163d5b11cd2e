/** Named tokens. */
import { LIMITS } from '../domain/index.ts';
import type { PutToken, StoredToken, TokenUse, TokenView } from '../ports/index.ts';
import { type Database, runScript } from './script.ts';

export const putToken = (db: Database, { name, token }: PutToken) =>
  runScript(db, 'put_token', { name, stored: token, most: LIMITS.tokens });

export const noteTokenUse = async (db: Database, uses: readonly TokenUse[]): Promise<void> => {
  if (uses.length > 0) await runScript(db, 'note_token_use', { uses });
};

export const tokens = async (db: Database): Promise<readonly TokenView[]> => {
  const { redis, keys } = db;
  const [stored, uses] = await Promise.all([redis.hgetall(keys.tokens), redis.hgetall(keys.tokenUses)]);
  return Object.values(stored)
    .map((json) => JSON.parse(json) as StoredToken)
    .map((token) => ({ ...token, lastUsedAt: uses[token.name] === undefined ? null : Number(uses[token.name]) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
};
