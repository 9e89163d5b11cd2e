import { clock } from './read-deployment.ts';
import type { Database } from './script.ts';

/** The jobs that were in the lists of a queue when it was read, or a share of them. */
export interface Waiting {
  /** When the reading began, ms since the epoch; it does not cover jobs queued later. */
  readonly since: number;
  /** Whether the reading covers the job. */
  readonly covers: (job: string) => boolean;
  readonly jobs: ReadonlySet<string>;
}

const PAGE = 1_000;
/** Entries of each page that are read again with the next one. */
const OVERLAP = 100;
/** Jobs that one reading keeps: about 50 MB of this process. */
const MOST_JOBS = 250_000;

/**
 * Reads which jobs wait in a queue, in pages, while the queue is in use. Of a queue with more than `mostJobs` only a
 * share is kept, by job id: another one each `turn`, so that all shares together cover every job. Null if the reading
 * is incomplete, because too much was removed from the middle meanwhile. A job moves only from `delayed` to `wait` to
 * those that run apart, so the lists are read in this order.
 */
export const readWaiting = async (
  db: Database,
  queue: string,
  turn: number,
  mostJobs = MOST_JOBS,
): Promise<Waiting | null> => {
  const { redis, keys } = db;
  const since = await clock(db);
  const [delayed, wait, apart] = [keys.queue(queue, 'delayed'), keys.queue(queue, 'wait'), keys.apart(queue)];
  // Due jobs that no worker has claimed yet.
  const due = ((since + 1) * 4_096).toString();
  const count = (await redis.zcount(delayed, 0, due)) + (await redis.llen(wait)) + (await redis.llen(apart));
  const shares = Math.max(1, Math.ceil(count / mostJobs));
  const covers = (job: string): boolean => shares === 1 || hash(job) % shares === turn % shares;
  const jobs = new Set<string>();
  const keep = (page: readonly string[]): void => {
    for (const job of page) if (covers(job)) jobs.add(job);
  };
  for await (const page of dueIn(db, delayed, due)) keep(page);
  for (const list of [wait, apart])
    for await (const page of pagesOf(db, list)) {
      if (page === null) return null;
      keep(page);
    }
  return { since, covers, jobs };
};

/** By score, so that jobs taken meanwhile do not shift the rest. */
async function* dueIn({ redis }: Database, key: string, due: string): AsyncGenerator<readonly string[]> {
  let [from, most] = ['0', PAGE];
  while (true) {
    const flat = await redis.zrangebyscore(key, from, due, 'WITHSCORES', 'LIMIT', 0, most);
    yield flat.filter((_, at) => at % 2 === 0);
    if (flat.length < 2 * most) return;
    // A page of a single instant is read again, larger.
    if (flat.at(-1) === from) most *= 2;
    from = flat.at(-1)!;
  }
}

/** Null if entries between two pages were missed. */
async function* pagesOf({ redis }: Database, key: string): AsyncGenerator<readonly string[] | null> {
  // Jobs are added on the left and taken on the right, so reading from the left misses none. A removal from the middle
  // shifts the rest to the left: then the end of the previous page must still be in this one.
  let end: readonly string[] = [];
  for (let at = 0; ; at += PAGE - OVERLAP) {
    const page = await redis.lrange(key, at, at + PAGE - 1);
    if (end.length > 0 && !page.some((job) => end.includes(job))) return yield null;
    yield page;
    if (page.length < PAGE) return;
    end = page.slice(-OVERLAP);
  }
}

const hash = (text: string): number => {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) >>> 0;
  return sum;
};
