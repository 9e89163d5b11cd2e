/*
 * The worker of a fan-out on bare BullMQ: `a` adds a flow of the parts and the job that joins them. Flows are trees:
 * none has `a` below all parts.
 */
import { FlowProducer, Worker } from 'bullmq';
import { mark } from './marks.mjs';

const { BENCH_PORT, BENCH_CONCURRENCY, BENCH_WIDTH } = process.env;
const connection = { port: Number(BENCH_PORT), maxRetriesPerRequest: null };
const flows = new FlowProducer({ connection });
const node = (name, data) => ({ name, queueName: 'default', data });
const parts = Array.from({ length: Number(BENCH_WIDTH) }, (_, n) => `part_${n}`);

const runBody = async ({ name, data }) => {
  mark(data.run, name);
  if (name === 'a') await flows.add({ ...node('join', data), children: parts.map((part) => node(part, data)) });
  return {};
};

const worker = new Worker('default', runBody, {
  connection,
  concurrency: Number(BENCH_CONCURRENCY),
  removeOnComplete: { count: 3_000 },
});
worker.on('error', (error) => console.error(error));
process.on('SIGTERM', async () => {
  await worker.close();
  await flows.close();
  process.exit(0);
});
await worker.waitUntilReady();
process.send({ kind: 'ready' });
