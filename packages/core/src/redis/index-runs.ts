import type { Database } from './script.ts';

/** Runs examined per command. */
const SLICE = 500;

/**
 * Brings `/runs` in line with the lists of the pipelines. They agree already, except in a store that an earlier build
 * wrote or still writes: then missing runs are added, and pruned ones removed.
 */
export const indexRuns = async ({ redis, keys }: Database, names: readonly string[]): Promise<void> => {
  const counting = redis.multi().zcard(keys.allRuns);
  for (const name of names) counting.zcard(keys.runs(name));
  const [listed = 0, ...each] = ((await counting.exec()) ?? []).map(([, count]) => count as number);
  const there = each.reduce((sum, count) => sum + count, 0);
  if (listed < there)
    for (const name of names)
      for await (const runs of slicesOf({ redis, keys }, keys.runs(name)))
        await redis.zadd(keys.allRuns, ...runs.flatMap(({ id, createdAt }) => [createdAt, id]));
  if (listed > there)
    for await (const runs of slicesOf({ redis, keys }, keys.allRuns)) {
      const known = await Promise.all(runs.map(({ id }) => redis.exists(keys.run(id))));
      const gone = runs.filter((_, at) => known[at] === 0).map(({ id }) => id);
      if (gone.length > 0) await redis.zrem(keys.allRuns, ...gone);
    }
};

/** Oldest first. Runs pruned or removed meanwhile shift the rest: the next pass finds what this one misses. */
async function* slicesOf({ redis }: Pick<Database, 'redis' | 'keys'>, key: string) {
  for (let at = 0; ; at += SLICE) {
    const flat = await redis.zrange(key, `${at}`, `${at + SLICE - 1}`, 'WITHSCORES');
    if (flat.length === 0) return;
    yield Array.from({ length: flat.length / 2 }, (_, n) => ({ id: flat[2 * n]!, createdAt: flat[2 * n + 1]! }));
    if (flat.length < 2 * SLICE) return;
  }
}
