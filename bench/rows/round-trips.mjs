/*
 * Row 2: what a worker asks of Redis per stage, in steady state. All runs are queued before the worker starts, and its
 * heartbeats are minutes apart: so every EVALSHA, EVAL and BZPOPMIN between two INFO commandstats is the worker's, its
 * registration and last empty asks included.
 */
import { withBare, withFlows } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { commandCounts, commandsBetween } from '../measure/commands.mjs';
import { figure } from '../measure/statistics.mjs';

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const runs = quick ? 100 : 1_000;
  const figures = {};
  const notes = [];
  for (const slots of [1, 50]) {
    const at = `${slots} ${slots === 1 ? 'slot' : 'slots'}`;
    const { results, notes: ofThese } = await interleave({
      contestants: quick ? withFlows(versions) : withBare(versions),
      rounds,
      once: ({ open }) => once(open, server, runs, slots),
      progress: (line) => progress(`${at}, ${line}`),
    });
    notes.push(...ofThese);
    const of = (key) => each(results, (counts) => counts[key]);
    Object.assign(figures, {
      [`round_trips_per_stage_${slots}`]: figure(
        `round trips, ${at}`,
        '/stage',
        'EVALSHA, EVAL and BZPOPMIN of the worker',
        of('perStage'),
      ),
      [`stages_per_script_call_${slots}`]: figure(
        `batch, ${at}`,
        'stages/call',
        'stages recorded and claimed by one script call',
        of('batch'),
      ),
      [`commands_in_scripts_per_run_${slots}`]: figure(
        `in scripts, ${at}`,
        'commands/run',
        'Redis commands that the scripts call',
        of('inner'),
      ),
    });
  }
  return { title: `Round trips: ${runs} runs of the chain, queued before the worker starts`, runs, figures, notes };
};

const once = async (open, server, runs, slots) => {
  const contestant = await open(server, { concurrency: slots, worker: false });
  try {
    await contestant.startMany(runs);
    const before = await commandCounts(contestant.redis);
    await contestant.startWorker();
    const looks = await contestant.atRest();
    const { roundTrips, scriptCalls, inner } = commandsBetween(before, await commandCounts(contestant.redis), looks);
    const stages = 3 * runs;
    return { perStage: roundTrips / stages, batch: stages / scriptCalls, inner: inner / runs };
  } finally {
    await contestant.close();
  }
};
