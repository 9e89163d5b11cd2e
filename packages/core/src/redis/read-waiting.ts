import { clock } from './read-deployment.ts';
import type { Database } from './script.ts';

/** The jobs that were in the lists of a queue when it was read. */
export interface Waiting {
  /** When the reading began, ms since the epoch: of what was queued later it says nothing. */
  readonly since: number;
  readonly jobs: ReadonlySet<string>;
}

const PAGE = 1_000;
/** Of each page this many are read again with the next one. */
const OVERLAP = 100;
/** About 50 MB of this process. Of a longer queue nothing is said. */
const MOST_JOBS = 250_000;
/** Jobs that are due and that no worker has asked for yet. */
const MOST_DUE = 10_000;

/**
 * Reads which jobs wait in a queue, in pages, while it goes on. Null when that cannot be said for sure: it is too long, or too much of it was taken out
 * of the middle meanwhile. A job moves only from `delayed` to `wait` to those that run apart, so they are read in this order.
 */
export const readWaiting = async (db: Database, queue: string): Promise<Waiting | null> => {
  const { redis, keys } = db;
  const since = await clock(db);
  const due = await redis.zrangebyscore(keys.queue(queue, 'delayed'), 0, (since + 1) * 4_096, 'LIMIT', 0, MOST_DUE);
  if (due.length === MOST_DUE) return null;
  const jobs = new Set(due);
  // What is new comes on the left and what is taken goes on the right: from the left nothing is passed over. What is taken out of the middle moves the
  // rest to the left: then the end of the page before must still be in this one.
  let end: readonly string[] = [];
  for (let at = 0; ; at += PAGE - OVERLAP) {
    const page = await redis.lrange(keys.queue(queue, 'wait'), at, at + PAGE - 1);
    if (end.length > 0 && !page.some((job) => end.includes(job))) return null;
    for (const job of page) jobs.add(job);
    if (page.length < PAGE) break;
    if (jobs.size > MOST_JOBS) return null;
    end = page.slice(-OVERLAP);
  }
  for (const job of await redis.lrange(keys.apart(queue), 0, -1)) jobs.add(job);
  return { since, jobs };
};
