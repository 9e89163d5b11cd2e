/*
 * Row 6: a fan-out of 100 and its join, one run at a time on one worker with a slot for each: what filling and emptying
 * slots costs.
 */
import { fanOutFlows } from '../contestants/bare-fan-out.mjs';
import { endingsOf } from '../contestants/endings.mjs';
import { ofVersions } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { commandCounts, commandsBetween } from '../measure/commands.mjs';
import { figure, quantile } from '../measure/statistics.mjs';
import { now } from '../workers/marks.mjs';

const SLOTS = 100;
const WIDTH = 100;
/** `a`, its hundred, and their join. */
const JOBS = WIDTH + 2;

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const [warmUp, runs] = quick ? [2, 5] : [30, 200];
  const { results, notes } = await interleave({
    contestants: [...ofVersions(versions), fanOutFlows(WIDTH)],
    rounds,
    once: async ({ open }) =>
      once(
        await open(server, { concurrency: SLOTS, pipelines: 'fan-out-100', pipeline: 'fan_out_100' }),
        server,
        runs,
        warmUp,
      ),
    progress,
  });
  const of = (value) => each(results, value);
  const whole = 'the start is sent -> its end is heard by who started it (our feed, BullMQ QueueEvents)';
  const calls = 'EVALSHA, EVAL and BZPOPMIN of everybody, the start included';
  return {
    title: `A -> 100 -> join: ${runs} runs a round, one at a time, ${SLOTS} slots in one worker process`,
    runs,
    notes,
    figures: {
      join_p50_ms: figure(
        'whole run p50',
        'ms',
        whole,
        of(({ times }) => quantile(times, 0.5)),
      ),
      join_p99_ms: figure(
        'whole run p99',
        'ms',
        whole,
        of(({ times }) => quantile(times, 0.99)),
      ),
      join_calls_per_run: figure(
        'calls',
        'per run',
        calls,
        of((one) => one.calls),
      ),
    },
  };
};

const once = async (contestant, server, runs, warmUp) => {
  const endings = await endingsOf(contestant, server, JOBS);
  const runOne = async () => {
    const ended = endings.next();
    const sent = now();
    await contestant.startOne();
    return (await ended) - sent;
  };
  try {
    for (let done = 0; done < warmUp; done++) await runOne();
    const before = await commandCounts(contestant.redis);
    const times = [];
    for (let done = 0; done < runs; done++) times.push(await runOne());
    const { roundTrips } = commandsBetween(before, await commandCounts(contestant.redis));
    return { times, calls: roundTrips / runs };
  } finally {
    await endings.close();
    await contestant.close();
  }
};
