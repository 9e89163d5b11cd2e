import type { DefinitionsView, RegisterDefinitions } from '../ports/index.ts';
import { unpack } from './layout/packed.ts';
import { DEFINITIONS } from './layout/records.ts';
import { clock } from './read-deployment.ts';
import { type Database, runScript } from './script.ts';

/** Which pipelines the definition files define now, as reported by the processes that load them. */

export const registerDefinitions = async (db: Database, command: RegisterDefinitions): Promise<{ known: boolean }> => {
  const { source, ttlMs, pipelines, broken, loaded, afterLoss = false } = command;
  return {
    known: await runScript(db, 'register_definitions', {
      source,
      ttlMs,
      loaded,
      names: JSON.stringify({ pipelines, broken }),
      afterLoss,
    }),
  };
};

export const releaseDefinitions = async (db: Database, source: string): Promise<void> => {
  await runScript(db, 'register_definitions', { source, ttlMs: 0, loaded: false, names: '', afterLoss: false });
};

export const definitions = async (db: Database): Promise<readonly DefinitionsView[]> => {
  const [told, now] = await Promise.all([db.redis.hgetall(db.keys.definitions), clock(db)]);
  const all = Object.entries(told).map(([source, text]): DefinitionsView => {
    const { endsAt, ttl, names } = unpack(DEFINITIONS, text);
    const { pipelines, broken } = names as Pick<DefinitionsView, 'pipelines' | 'broken'>;
    return { source, pipelines, broken, live: endsAt > now && endsAt <= now + ttl };
  });
  return all.sort((a, b) => (a.source < b.source ? -1 : 1));
};

export const lostAt = async (db: Database): Promise<number | null> => {
  const at = await db.redis.get(db.keys.lost);
  return at === null ? null : Number(at);
};
