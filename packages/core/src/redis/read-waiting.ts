import { clock } from './read-deployment.ts';
import type { Database } from './script.ts';

/** The jobs that were in the lists of a queue when it was read, or a share of them. */
export interface Waiting {
  /** When the reading began, ms since the epoch: of what was queued later it says nothing. */
  readonly since: number;
  /** Whether the reading says something of the job. */
  readonly covers: (job: string) => boolean;
  readonly jobs: ReadonlySet<string>;
}

const PAGE = 1_000;
/** Of each page this many are read again with the next one. */
const OVERLAP = 100;
/** Jobs that one reading keeps: about 50 MB of this process. */
const MOST_JOBS = 250_000;

/**
 * Reads which jobs wait in a queue, in pages, while it goes on. Of a queue with more than `mostJobs` only a share is kept, by the job's id: each
 * `turn` another one, so that in as many turns as there are shares every job is judged. Null when the reading is not whole: too much was taken out of
 * the middle meanwhile. A job moves only from `delayed` to `wait` to those that run apart, so they are read in this order.
 */
export const readWaiting = async (db: Database, queue: string, turn: number, mostJobs = MOST_JOBS): Promise<Waiting | null> => {
  const { redis, keys } = db;
  const since = await clock(db);
  const [delayed, wait, apart] = [keys.queue(queue, 'delayed'), keys.queue(queue, 'wait'), keys.apart(queue)];
  // Jobs that are due and that no worker has asked for yet.
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

/** By score, so that those taken meanwhile move none of the rest. */
async function* dueIn({ redis }: Database, key: string, due: string): AsyncGenerator<readonly string[]> {
  let [from, most] = ['0', PAGE];
  while (true) {
    const flat = await redis.zrangebyscore(key, from, due, 'WITHSCORES', 'LIMIT', 0, most);
    yield flat.filter((_, at) => at % 2 === 0);
    if (flat.length < 2 * most) return;
    // A page of one instant is asked for again, with more of it.
    if (flat.at(-1) === from) most *= 2;
    from = flat.at(-1)!;
  }
}

/** Null when something between two pages was passed over. */
async function* pagesOf({ redis }: Database, key: string): AsyncGenerator<readonly string[] | null> {
  // What is new comes on the left and what is taken goes on the right: from the left nothing is passed over. What is taken out of the middle moves the
  // rest to the left: then the end of the page before must still be in this one.
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
