/*
 * What users write by hand on BullMQ, which records nothing: flows of FlowProducer, or a chain in which each processor
 * adds the next job.
 */
import { FlowProducer, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { startChild } from './child-process.mjs';
import { queueAtRest } from './queue-at-rest.mjs';

const WORKER = new URL('../workers/bare-worker.mjs', import.meta.url);
const PREFIX = 'bull';

export const openFlows = (server, options) => openBare('flows', server, options);
export const openByHand = (server, options) => openBare('byHand', server, options);

/**
 * `keep`: finished jobs that stay, null: all; by default those of 1,000 runs of the chain. `fibo`: what each body
 * computes, null: nothing.
 */
const openBare = async (name, server, options = {}) => {
  const {
    concurrency = 50,
    marks = false,
    worker = true,
    keep = 3_000,
    stages = ['a', 'b', 'c'],
    fibo = null,
  } = options;
  const redis = new Redis(server.url);
  await redis.flushall();
  const connection = { port: server.port, maxRetriesPerRequest: null };
  const producer = name === 'flows' ? new FlowProducer({ connection }) : new Queue('default', { connection });
  let started = 0;
  let child = null;

  const startWorker = async () => {
    child = startChild(WORKER, {
      BENCH_PORT: String(server.port),
      BENCH_CHAIN: name,
      BENCH_CONCURRENCY: String(concurrency),
      BENCH_STAGES: stages.join(','),
      BENCH_FIBO: fibo === null ? '' : String(fibo),
      BENCH_KEEP: keep === null ? '' : String(keep),
      ...(marks ? { BENCH_MARKS: '1' } : {}),
    });
    await child.told('ready');
  };
  if (worker) await startWorker();

  const runOf = () => ({ run: String((started += 1)) });
  const flowOf = (data) => stages.reduce((child, stage) => node(stage, data, child && [child]), null);
  return {
    name,
    redis,
    prefix: PREFIX,
    startWorker,
    get workerPid() {
      return child.pid;
    },
    marks: async () => (await child.ask('marks')).marks,
    startOne: async () => {
      const data = runOf();
      await (name === 'flows' ? producer.add(flowOf(data)) : producer.add(stages[0], data));
      return data.run;
    },
    startMany: async (count) => {
      for (let left = count; left > 0; left -= 100) {
        const batch = Array.from({ length: Math.min(100, left) }, runOf);
        await (name === 'flows'
          ? producer.addBulk(batch.map(flowOf))
          : producer.addBulk(batch.map((data) => ({ name: stages[0], data }))));
      }
    },
    atRest: () => queueAtRest(redis, PREFIX),
    /** Runs whose last body ran. */
    ended: async () => (await child.ask('ran')).ended,
    stagesDone: async () => (await child.ask('ran')).stages,
    close: async () => {
      await child?.stop();
      await producer.close();
      redis.disconnect();
    },
  };
};

const node = (name, data, children) => ({ name, queueName: 'default', data, ...(children ? { children } : {}) });
