/* From an event to a socket.io client, through a real API process; one chain at a time. */
import { io } from 'socket.io-client';
import { startApi, TOKEN } from '../contestants/api-process.mjs';
import { now } from '../workers/marks.mjs';

const WARM_UP = 10;

/** ms, one of each event: body -> client for `stage.succeeded`, feed -> client for all. */
export const socketLatency = async (open, server, runs) => {
  const millrace = await open(server, { concurrency: 10, marks: true });
  const api = await startApi(server, millrace);
  const { connectRedis, redisFeed, workOptions } = millrace.version.core.redis;
  const subscriber = await connectRedis(server.url, workOptions);
  const socket = io(`${api.url}/events`, { auth: { token: TOKEN }, transports: ['websocket'] });
  try {
    await new Promise((resolve, reject) => socket.once('snapshot', resolve).once('connect_error', reject));
    const answer = await socket.timeout(5_000).emitWithAck('subscribe', { pipeline: 'chain' });
    if (!answer.ok) throw new Error(`the API refused the subscription: ${JSON.stringify(answer)}`);
    const told = new Map();
    const received = new Map();
    let ended = () => {};
    await redisFeed(subscriber, millrace.keys).subscribe({
      onEvent: (event) => void told.set(`${event.runId} ${event.seq}`, now()),
    });
    socket.on('event', (event) => {
      received.set(`${event.run_id} ${event.seq}`, { at: now(), event });
      if (event.type === 'run.succeeded') ended();
    });
    const counted = new Set();
    for (let done = 0; done < WARM_UP + runs; done++) {
      const end = new Promise((resolve) => (ended = resolve));
      const run = await millrace.startOne();
      await end;
      if (done >= WARM_UP) counted.add(run);
    }
    const bodies = new Map((await millrace.marks()).map(([run, stage, at]) => [`${run} ${stage}`, at]));
    const all = [...received].filter(([, { event }]) => counted.has(event.run_id));
    return {
      to_socket: all
        .filter(([, { event }]) => event.type === 'stage.succeeded')
        .map(([, { at, event }]) => at - bodies.get(`${event.run_id} ${event.stage}`)),
      feed_to_socket: all.map(([key, { at }]) => at - told.get(key)),
    };
  } finally {
    socket.disconnect();
    subscriber.disconnect();
    await api.stop();
    await millrace.close();
  }
};
