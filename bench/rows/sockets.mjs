/*
 * A busy dashboard many times over: 1,000 socket.io clients that all follow the same pipeline, while its runs produce
 * 100 events a second. The clients are a process of their own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startApi, TOKEN } from '../contestants/api-process.mjs';
import { startChild } from '../contestants/child-process.mjs';
import { ofVersions } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { beginCost } from '../measure/cost.mjs';
import { figure, quantile } from '../measure/statistics.mjs';

const CLIENTS = new URL('../workers/socket-clients.mjs', import.meta.url);
const EVENTS_PER_S = 100;
const EVENTS_PER_RUN = 8;
const WARM_UP_S = 1;

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const [clients, seconds] = quick ? [20, 1] : [1_000, 20];
  const { results, notes } = await interleave({
    contestants: ofVersions(versions),
    rounds,
    once: ({ open }) => once(open, server, clients, seconds),
    progress,
  });
  const of = (key) => each(results, (result) => result[key]);
  const latency = 'the event is recorded, on the clock of Redis -> a client has it; of 50 clients spread over all';
  return {
    title: `Sockets: ${clients.toLocaleString('en-US')} clients follow one pipeline that produces ${EVENTS_PER_S} events/s, for ${seconds} s`,
    clients,
    seconds,
    figures: {
      sockets_p50_ms: figure('event -> client p50', 'ms', latency, of('p50')),
      sockets_p99_ms: figure('event -> client p99', 'ms', latency, of('p99')),
      sockets_api_cpu_percent: figure('API CPU', '% of a core', 'of the API process, all its threads', of('apiCpu')),
      sockets_events_per_s: figure('events', '/s', 'that a client had', of('events')),
      sockets_packets_per_s: figure('packets', '/s', 'that a client had', of('packets')),
    },
    notes: [...notes, 'every client takes packets of several events (auth: { batches: true }), as the dashboard does'],
  };
};

const once = async (open, server, clients, seconds) => {
  const millrace = await open(server);
  const api = await startApi(server, millrace, { MILLRACE_MAX_STREAMS: '10000' });
  const child = startChild(CLIENTS, {
    BENCH_URL: api.url.replace('http', 'ws'),
    BENCH_TOKEN: TOKEN,
    BENCH_CLIENTS: String(clients),
  });
  try {
    await child.told('ready');
    await startAtRate(millrace, WARM_UP_S);
    await child.ask('begin');
    const end = await beginCost(millrace.redis, api.pid);
    await startAtRate(millrace, seconds);
    const cost = await end();
    const { latencies, readers, packets, events } = await child.ask('heard');
    if (events === 0) throw new Error('the clients heard no event');
    return {
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      apiCpu: (100 * cost.workerCpu) / cost.seconds,
      events: events / readers / cost.seconds,
      packets: packets / clients / cost.seconds,
    };
  } finally {
    await child.stop();
    await api.stop();
    await millrace.close();
  }
};

/** Evenly, whether or not the runs before have ended. */
const startAtRate = async (millrace, seconds) => {
  const runs = (EVENTS_PER_S / EVENTS_PER_RUN) * seconds;
  const everyMs = (1_000 * EVENTS_PER_RUN) / EVENTS_PER_S;
  const begin = performance.now();
  for (let started = 0; started < runs; started++) {
    await millrace.startOne();
    await delay(Math.max(0, begin + (started + 1) * everyMs - performance.now()));
  }
};
