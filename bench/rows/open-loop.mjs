/*
 * Starts at a fixed rate, whether or not the ones before are answered: the latency of each counts from the moment at
 * which it was meant to be sent, so that what waits behind a slow one is not left out.
 */
import { startApi, TOKEN } from '../contestants/api-process.mjs';
import { ofVersions } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { openConnection, postBytes } from '../measure/http-load.mjs';
import { figure, quantile } from '../measure/statistics.mjs';

/**
 * Requests that are under way at a time at most: a second of them at low rates. Those behind them wait, and their wait
 * counts.
 */
const CONNECTIONS = 256;

export const measure = async ({ server, versions, quick, seconds, progress }) => {
  const figures = {};
  const notes = [];
  for (const rate of quick ? [50] : [100, 500, 2_000]) {
    const { results, notes: ofThese } = await interleave({
      contestants: ofVersions(versions),
      rounds: 1,
      once: ({ open }) => atRate(open, server, rate, seconds),
      progress: (line) => progress(`${rate} starts/s, ${line}`),
    });
    notes.push(...ofThese);
    for (const [key, what, unit, means] of MEASURED)
      figures[`open_loop_${rate}_${key}`] = figure(
        `${rate}/s: ${what}`,
        unit,
        means,
        each(results, (result) => result[key]),
      );
  }
  return {
    title: `Open loop: starts over HTTP at a fixed rate for ${seconds} s, one API process and one worker of 50 slots`,
    seconds,
    figures,
    notes: [
      ...notes,
      'a rate that is not kept up with: answered stays below it, and the latency grows for as long as it is sent',
    ],
  };
};

const LATENCY = 'from the moment at which the start was meant to be sent to its answer';
const MEASURED = [
  ['answered_per_s', 'answered', 'starts/s', 'until the last answer'],
  ['p50_ms', 'p50', 'ms', LATENCY],
  ['p99_ms', 'p99', 'ms', LATENCY],
  ['max_ms', 'slowest', 'ms', LATENCY],
];

const atRate = async (open, server, rate, seconds) => {
  const millrace = await open(server);
  const api = await startApi(server, millrace);
  try {
    const { hostname, port } = new URL(api.url);
    const bytes = postBytes({ host: api.host, path: '/api/v1/pipelines/chain/runs', token: TOKEN });
    const connections = await Promise.all(
      Array.from({ length: Math.min(CONNECTIONS, rate) }, () => openConnection(hostname, Number(port))),
    );
    const latencies = [];
    let next = 0;
    const begin = performance.now() + 100;
    await Promise.all(
      connections.map(async (connection) => {
        for (let place = next++; place < rate * seconds; place = next++) {
          const intended = begin + (place * 1_000) / rate;
          const early = intended - performance.now();
          if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
          const { status, body } = await connection.send(bytes);
          if (status !== 201) throw new Error(`${status}: ${body}`);
          latencies.push(performance.now() - intended);
        }
        connection.close();
      }),
    );
    const took = (performance.now() - begin) / 1_000;
    return {
      answered_per_s: latencies.length / took,
      p50_ms: quantile(latencies, 0.5),
      p99_ms: quantile(latencies, 0.99),
      max_ms: quantile(latencies, 1),
    };
  } finally {
    await api.stop();
    await millrace.close();
  }
};
