/*
 * Row 4: does a long queue cost? Two servers, one with 100,000 queued runs and one that gets 1,000 at a time; each is
 * drained for a while in turn, so that both see the same machine. Then what a run takes of Redis's memory.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '@millrace/core/testing';
import { Queue } from 'bullmq';
import { withFlows } from '../contestants/contestants.mjs';
import { interleave } from '../interleave.mjs';
import { beginCost } from '../measure/cost.mjs';
import { figure } from '../measure/statistics.mjs';
import { finishedRunBytes, usedMemory } from './finished-run-bytes.mjs';

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const [deep, shallow] = quick ? [600, 200] : [100_000, 1_000];
  const windows = quick ? 2 : 3 * rounds;
  const {
    results: [result],
    notes,
  } = await interleave({
    contestants: withFlows(versions),
    rounds: 1,
    once: async ({ open }) => ({
      ...(await drain(open, server, { deep, shallow, windows }, progress)),
      ...(await finishedRunBytes(open, server, quick ? 500 : 3_000)),
    }),
    progress: () => {},
  });
  const pick = (value) => Object.fromEntries(Object.entries(result).map(([name, one]) => [name, value(one)]));
  const of = (key) => result.millrace[key].map((_, place) => pick((one) => one[key][place]));
  const one = (key) => [pick((contestant) => contestant[key])];
  return {
    title: `Backlog: ${deep.toLocaleString('en-US')} runs of the chain queued, beside ${shallow.toLocaleString('en-US')}; ${windows} windows of about ${shallow} runs each, 50 slots`,
    deep,
    shallow,
    notes: [
      ...notes,
      'in a long queue BullMQ runs the first stages of all flows before any second one; Millrace goes on with runs that began: its windows hold whole runs',
    ],
    figures: {
      deep_stages_per_s: figure('drain, deep', 'stages/s', 'with the long queue', of('deepRate')),
      shallow_stages_per_s: figure('drain, shallow', 'stages/s', 'with the short queue', of('shallowRate')),
      deep_to_shallow_rate: figure(
        'deep / shallow',
        'x',
        'the two rates of neighbouring windows; 1 means that depth is free',
        of('rateRatio'),
      ),
      deep_redis_cpu_us_per_stage: figure('Redis CPU, deep', 'us/stage', 'INFO cpu, no starts among it', of('deepCpu')),
      shallow_redis_cpu_us_per_stage: figure(
        'Redis CPU, shallow',
        'us/stage',
        'INFO cpu, no starts among it',
        of('shallowCpu'),
      ),
      deep_worker_cpu_us_per_stage: figure('worker CPU, deep', 'us/stage', 'of the worker process', of('workerCpu')),
      bytes_per_queued_run: figure('queued run', 'bytes', 'used_memory, AOF buffers taken off', one('queuedBytes')),
      bytes_per_finished_run: figure(
        'finished run',
        'bytes',
        'state, outputs and event log; BullMQ: its three jobs, all kept',
        one('finishedBytes'),
      ),
    },
  };
};

const drain = async (open, server, { deep: deepRuns, shallow: shallowRuns, windows }, progress) => {
  const second = await startRedis({ args: ['--appendfsync', 'everysec'] });
  const deep = await pausable(open, server);
  const shallow = await pausable(open, second);
  const result = { deepRate: [], shallowRate: [], rateRatio: [], deepCpu: [], shallowCpu: [], workerCpu: [] };
  try {
    await warmUp(deep, shallowRuns / 2);
    await warmUp(shallow, shallowRuns / 2);
    const before = await usedMemory(deep.contestant.redis);
    await topUp(deep, deepRuns);
    result.queuedBytes = ((await usedMemory(deep.contestant.redis)) - before) / deepRuns;
    progress(`${deep.contestant.name}: ${deepRuns} runs queued`);
    for (let done = 0; done < windows; done++) {
      // A window takes as much as the worker does until it hears of the pause: without this the queue could be dry
      // before the last one ends.
      await topUp(deep, deepRuns);
      const long = await drainFor(deep, shallowRuns);
      await topUp(shallow, shallowRuns);
      const short = await drainFor(shallow, shallowRuns);
      await shallow.queue.resume();
      await shallow.contestant.atRest();
      await shallow.queue.pause();
      result.deepRate.push(long.rate);
      result.shallowRate.push(short.rate);
      result.rateRatio.push(long.rate / short.rate);
      result.deepCpu.push(long.cpu);
      result.shallowCpu.push(short.cpu);
      result.workerCpu.push(long.workerCpu);
    }
    return result;
  } finally {
    for (const { queue, contestant } of [deep, shallow]) {
      await queue.close();
      await contestant.close();
    }
    await second.stop();
  }
};

const pausable = async (open, server) => {
  const contestant = await open(server);
  return {
    contestant,
    started: 0,
    queue: new Queue('default', { connection: { port: server.port }, prefix: contestant.prefix }),
  };
};

const warmUp = async (side, runs) => {
  await topUp(side, runs);
  await side.contestant.atRest();
  await side.queue.pause();
};

/** Starts runs until so many wait that have not ended. */
const topUp = async (side, runs) => {
  const left = side.started - Math.floor((await side.contestant.stagesDone()) / 3);
  const more = Math.max(0, runs - left);
  await side.contestant.startMany(more);
  side.started += more;
};

/** Resumes the queue for nine tenths of the short backlog, so that neither side runs dry. */
const drainFor = async ({ contestant, queue }, runs) => {
  const stages = 0.9 * 3 * runs;
  const from = await contestant.stagesDone();
  const end = await beginCost(contestant.redis, contestant.workerPid);
  await queue.resume();
  let done = from;
  while (done - from < stages) {
    await delay(4);
    done = await contestant.stagesDone();
  }
  const { seconds, redisCpu, workerCpu } = await end();
  await queue.pause();
  await nothingActive(contestant);
  const perStage = (cpu) => (cpu / (done - from)) * 1e6;
  return { rate: (done - from) / seconds, cpu: perStage(redisCpu), workerCpu: perStage(workerCpu) };
};

const nothingActive = async ({ redis, prefix }) => {
  while ((await redis.llen(`${prefix}:default:active`)) > 0) await delay(4);
};
