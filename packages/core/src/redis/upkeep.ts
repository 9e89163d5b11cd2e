import type { ClockStep } from '../ports/index.ts';
import { type Database, runIds, runScript } from './script.ts';
import { expandFully } from './start-run.ts';

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

/** Runs that one script deletes at most. */
const PRUNED = 50;

export const pruneRuns = async (db: Database, keep: { count: number; ageMs: number }, limit: number): Promise<number> => {
  let pruned = 0;
  for (let more = true; more && pruned < limit; ) {
    const asked = Math.min(PRUNED, limit - pruned);
    const deleted = (await runScript(db, 'prune_runs', [keep.count, keep.ageMs, asked])) as number;
    pruned += deleted;
    more = deleted === asked;
  }
  return pruned;
};

export const noteClockStep = async (db: Database, { stepMs, since, queues, schedules }: ClockStep): Promise<boolean> =>
  (await runScript(db, 'note_clock_step', [Math.round(stepMs), Math.floor(since), queues.length, ...queues, ...schedules])) === 1;
