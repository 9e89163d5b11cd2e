import type { ClockStep } from '../ports/index.ts';
import { type Database, runScript } from './script.ts';
import { expandFully } from './run-transitions.ts';

export const fireTimeouts = async (db: Database, limit: number, latest?: number): Promise<number> => {
  await followClockStep(db);
  let fired = 0;
  for (let more = true; more && fired < limit; ) {
    const answer = await runScript(db, 'fire_timeouts', {
      limit: limit - fired,
      latest: latest === undefined ? null : Math.ceil(latest),
    });
    await expandFully(db, answer.expand);
    fired += answer.fired;
    more = answer.more;
  }
  return fired;
};

/** Most runs deleted per script. */
const PRUNED = 50;

export const pruneRuns = async (
  db: Database,
  keep: { count: number; ageMs: number },
  limit: number,
): Promise<number> => {
  let pruned = 0;
  for (let more = true; more && pruned < limit; ) {
    const asked = Math.min(PRUNED, limit - pruned);
    const deleted = await runScript(db, 'prune_runs', { keepCount: keep.count, keepMs: keep.ageMs, limit: asked });
    pruned += deleted;
    more = deleted === asked;
  }
  return pruned;
};

export const noteClockStep = async (
  db: Database,
  { stepMs, since, queues, schedules }: ClockStep,
): Promise<boolean> => {
  const isFirst = await runScript(db, 'note_clock_step', {
    stepMs: Math.round(stepMs),
    since: Math.floor(since),
    moved: [
      ...queues.map((name) => ({ kind: 'queue' as const, name })),
      ...schedules.map((name) => ({ kind: 'schedule' as const, name })),
    ],
  });
  await followClockStep(db);
  return isFirst;
};

/** Most items moved per script. */
const MOVED = 100;

/** Also continues what another process began: no worker is lost and nothing times out before everything is moved. */
const followClockStep = async (db: Database): Promise<void> => {
  while (await runScript(db, 'follow_clock_step', { most: MOVED }));
};

/** A field of the queue that BullMQ has too; the scripts read it where they claim (lib/claim.lua). */
const CONCURRENCY = 'concurrency';

export const limitQueues = async ({ redis, keys }: Database, limits: ReadonlyMap<string, number>): Promise<void> => {
  const names = [...new Set([...limits.keys(), ...(await redis.smembers(keys.queueNames))])];
  const known = await Promise.all(names.map((queue) => redis.hget(keys.queue(queue, 'meta'), CONCURRENCY)));
  const set = async (queue: string): Promise<void> => {
    const [meta, most] = [keys.queue(queue, 'meta'), limits.get(queue)];
    await (most === undefined ? redis.hdel(meta, CONCURRENCY) : redis.hset(meta, CONCURRENCY, most));
    // Wakes a worker, for which there may be room now.
    await redis.zadd(keys.queue(queue, 'marker'), 0, '0');
  };
  await Promise.all(names.filter((queue, at) => (known[at] ?? null) !== textOf(limits.get(queue))).map(set));
};

const textOf = (most: number | undefined): string | null => (most === undefined ? null : String(most));
