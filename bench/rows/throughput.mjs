/* Row 1: chains of three no-op stages, as many as go through one worker process. */
import { withBare, withFlows } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { beginCost } from '../measure/cost.mjs';
import { figure } from '../measure/statistics.mjs';

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const runs = quick ? 200 : 5_000;
  const warmUp = quick ? 50 : 500;
  const { results, notes } = await interleave({
    contestants: quick ? withFlows(versions) : withBare(versions),
    rounds,
    once: ({ open }) => once(open, server, runs, warmUp),
    progress,
  });
  const of = (key) => each(results, (costs) => costs[key]);
  return {
    title: `Throughput: ${runs} runs of a chain of 3 no-op stages, one worker process, 50 slots`,
    runs,
    notes,
    figures: {
      runs_per_s: figure('rate', 'runs/s', 'from the first start to an empty queue; more is better', of('rate')),
      redis_cpu_us_per_run: figure(
        'Redis CPU',
        'us/run',
        'INFO cpu, the starts included; the bench of least noise',
        of('redis'),
      ),
      worker_cpu_us_per_run: figure('worker CPU', 'us/run', 'of the worker process, all its threads', of('worker')),
      producer_cpu_us_per_run: figure('producer CPU', 'us/run', 'of the process that starts the runs', of('producer')),
    },
  };
};

const once = async (open, server, runs, warmUp) => {
  const contestant = await open(server);
  try {
    await contestant.startMany(warmUp);
    await contestant.atRest();
    const end = await beginCost(contestant.redis, contestant.workerPid);
    await contestant.startMany(runs);
    await contestant.atRest();
    const { seconds, redisCpu, workerCpu, producerCpu } = await end();
    const ended = await contestant.ended();
    if (ended !== warmUp + runs) throw new Error(`${contestant.name}: ${ended} of ${warmUp + runs} runs ended`);
    const perRun = (cpu) => (cpu / runs) * 1e6;
    return { rate: runs / seconds, redis: perRun(redisCpu), worker: perRun(workerCpu), producer: perRun(producerCpu) };
  } finally {
    await contestant.close();
  }
};
