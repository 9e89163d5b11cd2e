/* From an event to a socket.io client, through a real API process; one chain at a time. */
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@millrace/core/embedded';
import { connectRedis, redisFeed, workOptions } from '@millrace/core/redis';
import { io } from 'socket.io-client';
import { startChild } from '../contestants/child-process.mjs';
import { openMillrace } from '../contestants/millrace.mjs';
import { now } from '../workers/marks.mjs';

const API = new URL('../../apps/api/dist/main.js', import.meta.url);
const TOKEN = 'a-token-of-the-bench-0123456789';
const WARM_UP = 10;

/** ms, one of each event: body -> client for `stage.succeeded`, feed -> client for all. */
export const socketLatency = async (server, runs) => {
  const millrace = await openMillrace(server, { concurrency: 10, marks: true });
  const api = await startApi(server, millrace);
  const subscriber = await connectRedis(server.url, workOptions);
  const socket = io(`${api.url}/events`, { auth: { token: TOKEN }, transports: ['websocket'] });
  try {
    await new Promise((resolve, reject) => socket.once('snapshot', resolve).once('connect_error', reject));
    const answer = await socket.timeout(5_000).emitWithAck('subscribe', { pipeline: 'chain' });
    if (!answer.ok) throw new Error(`the API refused the subscription: ${JSON.stringify(answer)}`);
    const told = new Map();
    const received = new Map();
    let ended = () => {};
    await redisFeed(subscriber, millrace.keys).subscribe({ onEvent: (event) => void told.set(`${event.runId} ${event.seq}`, now()) });
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
      to_socket: all.filter(([, { event }]) => event.type === 'stage.succeeded').map(([, { at, event }]) => at - bodies.get(`${event.run_id} ${event.stage}`)),
      feed_to_socket: all.map(([key, { at }]) => at - told.get(key)),
    };
  } finally {
    socket.disconnect();
    subscriber.disconnect();
    await api.stop();
    await millrace.close();
  }
};

const startApi = async (server, { pipelines, dataDir, deployment }) => {
  const port = await freePort(null);
  const child = startChild(API, {
    REDIS_URL: server.url,
    MILLRACE_PREFIX: deployment,
    MILLRACE_PIPELINES: pipelines,
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_PORT: String(port),
    MILLRACE_ADMIN_TOKEN: TOKEN,
    LOG_LEVEL: 'error',
  });
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    ))
  )
    await delay(20);
  return { url, stop: child.stop };
};
