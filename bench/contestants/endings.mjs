/*
 * How the one who started a run hears that it is over: by the feed of Millrace, by BullMQ's QueueEvents. One run at a
 * time.
 */
import { QueueEvents } from 'bullmq';
import { now } from '../workers/marks.mjs';

/**
 * `next()`: when the run that is started after this call will have been heard to end, ms of the shared clock. `jobs`:
 * of a run on bare BullMQ.
 */
export const endingsOf = (contestant, server, jobs = 3) =>
  contestant.version ? endingsOnFeed(contestant, server) : endingsOfQueue(server, jobs);

const ENDS = new Set(['run.succeeded', 'run.failed', 'run.cancelled']);

const endingsOnFeed = async ({ keys, version }, server) => {
  const { connectRedis, redisFeed, workOptions } = version.core.redis;
  const subscriber = await connectRedis(server.url, workOptions);
  let heard = () => {};
  const end = await redisFeed(subscriber, keys).subscribe({ onEvent: ({ type }) => ENDS.has(type) && heard(now()) });
  return {
    next: () => new Promise((resolve) => (heard = resolve)),
    close: async () => {
      await end();
      subscriber.disconnect();
    },
  };
};

const endingsOfQueue = async (server, jobs) => {
  // From the beginning of the flushed queue's stream: by default it begins with its first XREAD, which waitUntilReady
  // does not wait for.
  const events = new QueueEvents('default', {
    connection: { port: server.port, maxRetriesPerRequest: null },
    lastEventId: '0-0',
  });
  await events.waitUntilReady();
  let completed = 0;
  let heard = () => {};
  events.on('completed', () => {
    completed += 1;
    if (completed % jobs === 0) heard(now());
  });
  return { next: () => new Promise((resolve) => (heard = resolve)), close: () => events.close() };
};
