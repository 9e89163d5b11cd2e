import type { RunId } from '../domain/index.ts';
import type { ClockStep } from '../ports/index.ts';
import { indexRuns } from './index-runs.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { type Database, runIds, runScript } from './script.ts';
import { expandFully } from './start-run.ts';

/** A stage must look lost for this long before the reconciler repairs it: a script in flight is not a difference. */
const PATIENCE_MS = 5_000;
const MAX_LOST = 3;
/** Cut transitions that one sweep goes on with. */
const UNFINISHED = 100;

export const fireTimeouts = async (db: Database, limit: number, latest?: number): Promise<number> => {
  let fired = 0;
  for (let more = true; more && fired < limit; ) {
    const answer = await runScript(db, 'fire_timeouts', [limit - fired, latest === undefined ? '' : Math.ceil(latest)]);
    const [count, unfinished, again] = answer as [number, string, string];
    await expandFully(db, runIds(unfinished));
    fired += count;
    more = again === '1';
  }
  return fired;
};

/** What was cut and nobody went on with, then live runs. The cursor is "<place in the list of pipelines>:<runs of it already seen>". */
export const reconcile = async (db: Database, pipelines: PipelineRegistry, cursor: string, limit: number, patienceMs = PATIENCE_MS) => {
  await expandFully(db, (await db.redis.srandmember(db.keys.unfinished, UNFINISHED)) as RunId[]);
  const names = await pipelines.names();
  let [place, offset] = cursor.split(':').map(Number) as [number, number?];
  offset ??= 0;
  if (cursor === '0') await indexRuns(db, names);
  let checked = 0;
  let repaired = 0;
  while (place < names.length && checked < limit) {
    const ids = await db.redis.zrange(db.keys.live(names[place]!), `${offset}`, `${offset + (limit - checked) - 1}`);
    for (const id of ids) repaired += await reconcileRun(db, id, patienceMs);
    checked += ids.length;
    if (ids.length === 0) {
      place += 1;
      offset = 0;
    } else offset += ids.length;
  }
  return { cursor: place >= names.length ? '0' : `${place}:${offset}`, checked, repaired };
};

const reconcileRun = async (db: Database, id: string, patienceMs: number): Promise<number> => {
  let repaired = 0;
  for (let next = 0; next >= 0; ) {
    const [count, following] = (await runScript(db, 'reconcile', [id, patienceMs, MAX_LOST, next])) as [number, number];
    repaired += count;
    next = following;
  }
  return repaired;
};

export const pruneRuns = async (db: Database, keep: { count: number; ageMs: number }, limit: number): Promise<number> =>
  (await runScript(db, 'prune_runs', [keep.count, keep.ageMs, limit])) as number;

export const noteClockStep = async (db: Database, { stepMs, since, queues, schedules }: ClockStep): Promise<boolean> =>
  (await runScript(db, 'note_clock_step', [Math.round(stepMs), Math.floor(since), queues.length, ...queues, ...schedules])) === 1;
