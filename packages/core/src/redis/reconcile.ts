import type { RunId } from '../domain/index.ts';
import { indexRuns } from './index-runs.ts';
import type { ReplyOf } from './layout/signatures.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { readWaiting, type Waiting } from './read-waiting.ts';
import { removeStale } from './remove-stale.ts';
import { type Database, runScript } from './script.ts';
import { expandFully, followPauses } from './run-transitions.ts';

/** How long a stage must look lost before it is repaired, since a script may be in flight, ms. */
const PATIENCE_MS = 5_000;
const MAX_LOST = 3;
/** Cut transitions continued per pass. */
const UNFINISHED = 100;
/** Runs passed to one script, which examines as many as its budget allows. */
const RUNS = 100;
/** Lost stages requeued per script. */
const REQUEUED = 50;

export interface Reconciled {
  readonly cursor: string;
  readonly checked: number;
  readonly repaired: number;
}

/**
 * Abandoned cut transitions, then the live runs, oldest first, pipeline by pipeline; each call is about one script. The
 * cursor is "0" or "<place in the list of pipelines> <created at> <run> <its next stage>": runs that end meanwhile do
 * not shift it.
 *
 * A stage that should wait in a list is not looked up there, which would cost the length of the list each time. The
 * list is read once per pass, in pages, if there is a stage to find; a stage that was in no page and is unchanged since
 * before the reading is lost. If a list is longer than a process may keep, each pass judges another share (`mostJobs`:
 * read-waiting.ts).
 */
export const reconciler = (db: Database, pipelines: PipelineRegistry, mostJobs?: number) => {
  let readings = new Map<string, Promise<Waiting | null>>();
  let turn = 0;

  const requeueLost = async (suspects: ReplyOf<'reconcile'>['waiting']): Promise<number> => {
    const byQueue = new Map<string, string[]>();
    for (const { queue, job } of suspects) byQueue.set(queue, [...(byQueue.get(queue) ?? []), job]);
    let repaired = 0;
    for (const [queue, jobs] of byQueue) {
      const reading = readings.get(queue) ?? readWaiting(db, queue, turn, mostJobs);
      readings.set(queue, reading);
      const waiting = await reading;
      const lost = waiting === null ? [] : jobs.filter((job) => waiting.covers(job) && !waiting.jobs.has(job));
      for (let at = 0; at < lost.length; at += REQUEUED)
        repaired += await runScript(db, 'requeue_lost', {
          since: waiting!.since,
          lost: lost.slice(at, at + REQUEUED).map((job) => ({ job })),
        });
    }
    return repaired;
  };

  /** One script, and those that follow pauses, if there ever were any. */
  const look = async (runIds: readonly string[], first: number, patienceMs: number) => {
    if ((await db.redis.exists(db.keys.pauses, db.keys.resumes)) > 0) await followPauses(db, runIds as RunId[]);
    const listed = runIds.map((runId) => ({ runId }));
    const { done, next, repaired, waiting } = await runScript(db, 'reconcile', {
      patienceMs,
      maxLost: MAX_LOST,
      first,
      listed,
    });
    return { done, next, repaired: repaired + (await requeueLost(waiting)) };
  };

  return {
    pass: async (cursor: string, limit: number, patienceMs = PATIENCE_MS): Promise<Reconciled> => {
      const names = await pipelines.names();
      if (cursor === '0') {
        readings = new Map();
        turn += 1;
        await removeStale(db);
        await expandFully(db, (await db.redis.srandmember(db.keys.unfinished, UNFINISHED)) as RunId[]);
        await indexRuns(db, names);
      }
      let [place, createdAt, runId, first] = readCursor(cursor);
      while (place < names.length && limit > 0) {
        const runs = await runsFrom(
          db,
          db.keys.live(names[place]!),
          { createdAt, runId, first },
          Math.min(limit, RUNS),
        );
        if (runs.length > 0) {
          const ids = runs.map(([id]) => id);
          const { done, next, repaired } = await look(ids, ids[0] === runId ? first : 0, patienceMs);
          const at = next > 0 ? done : done - 1;
          return { cursor: `${place} ${runs[at]![1]} ${runs[at]![0]} ${next}`, checked: done, repaired };
        }
        [place, createdAt, runId, first] = [place + 1, '0', '', 0];
      }
      return { cursor: place >= names.length ? '0' : `${place}`, checked: 0, repaired: 0 };
    },

    /** These runs, now. */
    runs: async (runIds: readonly RunId[], patienceMs = PATIENCE_MS): Promise<number> => {
      let repaired = 0;
      readings = new Map();
      for (let [at, first] = [0, 0]; at < runIds.length; ) {
        const answer = await look(runIds.slice(at, at + RUNS), first, patienceMs);
        at += answer.done;
        first = answer.next;
        repaired += answer.repaired;
      }
      return repaired;
    },
  };
};

const readCursor = (cursor: string): [place: number, createdAt: string, runId: string, first: number] => {
  const [place = '0', createdAt = '0', runId = '', first = '0'] = cursor.split(' ');
  return [Number(place), createdAt, runId, Number(first)];
};

/** From a run on, or from the next one if it is done; runs of the same instant are ordered by id. */
const runsFrom = async (
  { redis }: Database,
  key: string,
  { createdAt, runId, first }: { createdAt: string; runId: string; first: number },
  limit: number,
): Promise<readonly (readonly [id: string, createdAt: string])[]> => {
  for (let most = limit + 1; ; most *= 2) {
    const flat = await redis.zrangebyscore(key, createdAt, '+inf', 'WITHSCORES', 'LIMIT', 0, most);
    const runs = Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!, flat[2 * at + 1]!] as const);
    const ahead = runs.filter(([id, at]) => at !== createdAt || (first > 0 ? id >= runId : id > runId));
    // All of one instant, and already seen.
    if (ahead.length > 0 || runs.length < most) return ahead.slice(0, limit);
  }
};
