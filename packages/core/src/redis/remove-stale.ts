import { type Database, runScript } from './script.ts';

/**
 * Takes ended stages out of the middle of their queues' lists, so that BullMQ's getters show what waits. Each script
 * takes a part of a list, from the left; what is in no part because others moved it meanwhile is found the next time.
 */
export const removeStale = async (db: Database): Promise<void> => {
  const queues = await db.redis.smembers(db.keys.queueNames);
  const known = await Promise.all(queues.map((queue) => db.redis.exists(db.keys.stale(queue))));
  for (const queue of queues.filter((_, at) => known[at] === 1))
    for (let from: number | null = 0; from !== null; )
      from = (await runScript(db, 'remove_stale', { queue, from })).next;
};
