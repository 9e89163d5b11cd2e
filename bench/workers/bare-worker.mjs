/* The one worker process of a bare BullMQ contestant: a chain whose last stage has run when it is over. */
import { Queue, Worker } from 'bullmq';
import { mark } from './marks.mjs';
import { fibo } from './work.mjs';

const { BENCH_PORT, BENCH_CHAIN, BENCH_CONCURRENCY, BENCH_KEEP, BENCH_STAGES, BENCH_FIBO } = process.env;
const connection = { port: Number(BENCH_PORT), maxRetriesPerRequest: null };
const queue = BENCH_CHAIN === 'byHand' ? new Queue('default', { connection }) : null;
const names = BENCH_STAGES.split(',');
const nextOf = new Map(names.map((name, place) => [name, names[place + 1]]));
let ended = 0;
let stages = 0;

const runBody = async (job) => {
  mark(job.data.run, job.name);
  if (BENCH_FIBO !== '') fibo(Number(BENCH_FIBO));
  mark(job.data.run, `${job.name} end`);
  stages += 1;
  const next = nextOf.get(job.name);
  if (next === undefined) ended += 1;
  else if (queue) await queue.add(next, job.data);
  return {};
};

const retention = BENCH_KEEP === '' ? {} : { removeOnComplete: { count: Number(BENCH_KEEP) } };
const worker = new Worker('default', runBody, { connection, concurrency: Number(BENCH_CONCURRENCY), ...retention });
worker.on('error', (error) => console.error(error));
process.on('message', ({ kind }) => kind === 'ran' && process.send({ kind, ended, stages }));
process.on('SIGTERM', async () => {
  await worker.close();
  await queue?.close();
  process.exit(0);
});
await worker.waitUntilReady();
process.send({ kind: 'ready' });
