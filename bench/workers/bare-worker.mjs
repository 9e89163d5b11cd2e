/* The one worker process of a bare BullMQ contestant. */
import { Queue, Worker } from 'bullmq';
import { mark } from './marks.mjs';

const { BENCH_PORT, BENCH_CHAIN, BENCH_CONCURRENCY, BENCH_KEEP } = process.env;
const connection = { port: Number(BENCH_PORT), maxRetriesPerRequest: null };
const queue = BENCH_CHAIN === 'byHand' ? new Queue('default', { connection }) : null;
const NEXT = { a: 'b', b: 'c' };
let ended = 0;
let stages = 0;

const runBody = async (job) => {
  mark(job.data.run, job.name);
  stages += 1;
  if (job.name === 'c') ended += 1;
  else if (queue) await queue.add(NEXT[job.name], job.data);
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
