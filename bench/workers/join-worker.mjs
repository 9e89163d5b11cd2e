/* The worker of the fan-out on bare BullMQ: `a` adds a flow of a hundred children and the job that joins them. Flows are trees: none has `a` below all children. */
import { FlowProducer, Worker } from 'bullmq';

const connection = { port: Number(process.env.BENCH_PORT), maxRetriesPerRequest: null };
const flows = new FlowProducer({ connection });
const node = (name, data) => ({ name, queueName: 'default', data });

const runBody = async ({ name, data }) => {
  if (name === 'a') await flows.add({ ...node('join', data), children: Array.from({ length: 100 }, () => node('part', data)) });
  return {};
};

const worker = new Worker('default', runBody, { connection, concurrency: Number(process.env.BENCH_CONCURRENCY), removeOnComplete: { count: 3_000 } });
worker.on('error', (error) => console.error(error));
process.on('SIGTERM', async () => {
  await worker.close();
  await flows.close();
  process.exit(0);
});
await worker.waitUntilReady();
process.send({ kind: 'ready' });
