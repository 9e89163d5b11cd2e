/* The one worker process of a bare BullMQ contestant. */
import { Queue, Worker } from 'bullmq';
import { mark } from './marks.mjs';

const { BENCH_PORT, BENCH_CHAIN, BENCH_CONCURRENCY, BENCH_KEEP } = process.env;
const connection = { port: Number(BENCH_PORT), maxRetriesPerRequest: null };
const queue = BENCH_CHAIN === 'byHand' ? new Queue('default', { connection }) : null;
const NEXT = { a: 'b', b: 'c' };
let ended = 0;

const process_ = async (job) => {
  mark(job.data.run, job.name);
  if (job.name === 'c') ended += 1;
  else if (queue) await queue.add(NEXT[job.name], job.data);
  return {};
};

const worker = new Worker('default', process_, { connection, concurrency: Number(BENCH_CONCURRENCY), removeOnComplete: { count: Number(BENCH_KEEP) } });
worker.on('error', (error) => console.error(error));
process.on('message', ({ kind }) => kind === 'ended' && process.send({ kind, ended }));
process.on('SIGTERM', async () => {
  await worker.close();
  await queue?.close();
  process.exit(0);
});
await worker.waitUntilReady();
process.send({ kind: 'ready' });
