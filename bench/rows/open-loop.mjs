/*
 * Starts at a fixed rate, whether or not the ones before are answered: the latency of each counts from the moment at which it was meant to be
 * sent, so that what waits behind a slow one is not left out.
 */
import { startApi, TOKEN } from '../contestants/api-process.mjs';
import { openMillrace } from '../contestants/millrace.mjs';
import { openConnection, postBytes } from '../measure/http-load.mjs';
import { quantile } from '../measure/statistics.mjs';

/** Requests that are under way at a time at most; those behind them wait, and their wait counts. */
const CONNECTIONS = 256;

export const measure = async ({ server, quick, progress }) => {
  const seconds = quick ? 2 : 60;
  const results = {};
  for (const rate of quick ? [50] : [100, 500, 2_000]) {
    results[rate] = await atRate(server, rate, seconds);
    progress(`${rate} starts/s: p99 ${results[rate].p99_ms.toFixed(1)} ms`);
  }
  return {
    title: `Open loop: starts over HTTP at a fixed rate for ${seconds} s, one API process and one worker of 50 slots; ms from the intended moment to the answer`,
    open_loop: results,
    notes: ['answered: starts a second until the last answer; below the rate when the server does not keep up, and the latency then grows with the time'],
    table: [
      ['starts/s', 'answered/s', 'p50 ms', 'p99 ms', 'max ms'],
      ...Object.entries(results).map(([rate, { answered_per_s: answered, ...ms }]) => [rate, ...[answered, ms.p50_ms, ms.p99_ms, ms.max_ms].map(rounded)]),
    ],
  };
};

const rounded = (value) => Number(value.toFixed(1));

const atRate = async (server, rate, seconds) => {
  const millrace = await openMillrace(server);
  const { pipelines, dataDir, deployment } = millrace;
  const api = await startApi(server, { pipelines, dataDir, deployment, env: { MILLRACE_REQUESTS_PER_MINUTE: '10000000' } });
  try {
    const { hostname, port } = new URL(api.url);
    const bytes = postBytes({ host: api.host, path: '/api/v1/pipelines/chain/runs', token: TOKEN });
    const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(hostname, Number(port))));
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
