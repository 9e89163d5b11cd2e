import type { RunId } from '../domain/index.ts';
import type { ClockStep } from '../ports/index.ts';
import { indexRuns } from './index-runs.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { type Database, runScript } from './script.ts';
import { expandFully } from './run-transitions.ts';

/** A stage must look lost for this long before the reconciler repairs it: a script in flight is not a difference. */
const PATIENCE_MS = 5_000;
const MAX_LOST = 3;
/** Cut transitions that one sweep goes on with. */
const UNFINISHED = 100;

export const fireTimeouts = async (db: Database, limit: number, latest?: number): Promise<number> => {
  const { fired, expand } = await runScript(db, 'fire_timeouts', { limit, latest: latest === undefined ? null : Math.ceil(latest) });
  await expandFully(db, expand);
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
    const checked = await runScript(db, 'reconcile', { runId: id, patienceMs, maxLost: MAX_LOST, first: next });
    repaired += checked.repaired;
    next = checked.next;
  }
  return repaired;
};

export const pruneRuns = (db: Database, keep: { count: number; ageMs: number }, limit: number): Promise<number> =>
  runScript(db, 'prune_runs', { keepCount: keep.count, keepMs: keep.ageMs, limit });

export const noteClockStep = (db: Database, { stepMs, since, queues, schedules }: ClockStep): Promise<boolean> =>
  runScript(db, 'note_clock_step', {
    stepMs: Math.round(stepMs),
    since: Math.floor(since),
    moved: [...queues.map((name) => ({ kind: 'queue' as const, name })), ...schedules.map((name) => ({ kind: 'schedule' as const, name }))],
  });
