/* Row 6: a fan-out of 100 and its join, one run at a time on one worker with a slot for each: what filling and emptying slots costs. */
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { startChild } from '../contestants/child-process.mjs';
import { endingsOf } from '../contestants/endings.mjs';
import { openMillrace } from '../contestants/millrace.mjs';
import { commandCounts, commandsBetween } from '../measure/commands.mjs';
import { figure, quantile } from '../measure/statistics.mjs';
import { now } from '../workers/marks.mjs';

const SLOTS = 100;
const PIPELINES = fileURLToPath(new URL('../fan-out', import.meta.url));
const WORKER = new URL('../workers/join-worker.mjs', import.meta.url);
/** `a`, its hundred, and their join. */
const JOBS = 102;

export const measure = async ({ server, rounds, quick, progress }) => {
  const [warmUp, runs] = quick ? [2, 5] : [30, 200];
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const millrace = await once(await openOurs(server), server, runs, warmUp);
    const flows = await once(await openFlows(server), server, runs, warmUp);
    results.push({ millrace, flows });
    progress(`round ${round + 1}/${rounds}`);
  }
  const of = (value) => results.map(({ millrace, flows }) => ({ millrace: value(millrace), flows: value(flows) }));
  const whole = 'the start is sent -> its end is heard by who started it (our feed, BullMQ QueueEvents)';
  const calls = 'EVALSHA, EVAL and BZPOPMIN of everybody, the start included';
  return {
    title: `A -> 100 -> join: ${runs} runs a round, one at a time, ${SLOTS} slots in one worker process`,
    runs,
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

const openOurs = async (server) => {
  const millrace = await openMillrace(server, { concurrency: SLOTS, pipelines: PIPELINES });
  return { ...millrace, startOne: () => millrace.startOne('join') };
};

const openFlows = async (server) => {
  const redis = new Redis(server.url);
  await redis.flushall();
  const queue = new Queue('default', { connection: { port: server.port, maxRetriesPerRequest: null } });
  const child = startChild(WORKER, { BENCH_PORT: String(server.port), BENCH_CONCURRENCY: String(SLOTS) });
  await child.told('ready');
  return {
    name: 'flows',
    redis,
    startOne: () => queue.add('a', {}),
    close: async () => {
      await child.stop();
      await queue.close();
      redis.disconnect();
    },
  };
};
