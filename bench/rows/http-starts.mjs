/* Starts over HTTP: 64 connections that each send one start after the other to one API process, without a worker. */
import { startApi, TOKEN } from '../contestants/api-process.mjs';
import { ofVersions } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { beginCost } from '../measure/cost.mjs';
import { closedLoop, postBytes } from '../measure/http-load.mjs';
import { watchRedisCalls } from '../measure/redis-calls.mjs';
import { figure, quantile } from '../measure/statistics.mjs';

const CONNECTIONS = 64;
/** Starts, one after the other, whose Redis calls are counted. */
const WATCHED = 100;

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const requests = quick ? 200 : 5_000;
  const { results, notes } = await interleave({
    contestants: ofVersions(versions),
    rounds,
    once: ({ open }) => once(open, server, requests),
    progress,
  });
  const of = (key) => each(results, (result) => result[key]);
  return {
    title: `Starts over HTTP: ${requests.toLocaleString('en-US')} on ${CONNECTIONS} connections, one API process, no worker`,
    requests,
    notes,
    figures: {
      http_starts_per_s: figure(
        'rate',
        'starts/s',
        'from the first request to the last answer; more is better',
        of('rate'),
      ),
      http_start_p50_ms: figure('start p50', 'ms', 'the request is sent -> its answer is there', of('p50')),
      http_start_p99_ms: figure('start p99', 'ms', 'the request is sent -> its answer is there', of('p99')),
      api_cpu_us_per_start: figure('API CPU', 'us/start', 'of the API process, all its threads', of('apiCpu')),
      redis_cpu_us_per_start: figure('Redis CPU', 'us/start', 'INFO cpu', of('redisCpu')),
      redis_calls_per_start: figure(
        'Redis calls',
        'calls/start',
        'commands that the API sends, those inside scripts left out',
        of('redisCalls'),
      ),
    },
  };
};

const once = async (open, server, requests) => {
  const contestant = await open(server, { worker: false });
  const api = await startApi(server, contestant);
  try {
    const bytes = postBytes({ host: api.host, path: '/api/v1/pipelines/chain/runs', token: TOKEN });
    const load = { url: api.url, bytes, connections: CONNECTIONS, status: 201 };
    await closedLoop({ ...load, requests: Math.ceil(requests / 5) });
    const end = await beginCost(contestant.redis, api.pid);
    const { seconds, latencies } = await closedLoop({ ...load, requests });
    const cost = await end();
    const endWatch = await watchRedisCalls(contestant.redis);
    await closedLoop({ ...load, connections: 1, requests: WATCHED });
    const calls = Object.values(await endWatch()).reduce((sum, count) => sum + count, 0);
    const perStart = (cpu) => (cpu / requests) * 1e6;
    return {
      rate: requests / seconds,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      apiCpu: perStart(cost.workerCpu),
      redisCpu: perStart(cost.redisCpu),
      redisCalls: calls / WATCHED,
    };
  } finally {
    await api.stop();
    await contestant.close();
  }
};
