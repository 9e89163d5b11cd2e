/*
 * Starts over HTTP: 64 connections that each send one start after the other to one API process, without a worker. With `--before <folder>` the
 * API of that built checkout is measured in turn with this one, in the same run.
 */
import { join } from 'node:path';
import { startApi, TOKEN } from '../contestants/api-process.mjs';
import { openMillrace } from '../contestants/millrace.mjs';
import { beginCost } from '../measure/cost.mjs';
import { closedLoop, postBytes } from '../measure/http-load.mjs';
import { watchRedisCalls } from '../measure/redis-calls.mjs';
import { quantile, summary } from '../measure/statistics.mjs';

const CONNECTIONS = 64;
/** Starts, one after the other, whose Redis calls are counted. */
const WATCHED = 100;

export const measure = async ({ server, rounds, quick, before, progress }) => {
  const requests = quick ? 200 : 5_000;
  const sides = before === null ? { now: null } : { now: null, before };
  const results = { now: [], before: [] };
  for (let round = 0; round < rounds; round++)
    for (const [side, build] of Object.entries(sides)) {
      const result = await once(server, build, requests);
      results[side].push(result);
      progress(`round ${round + 1}/${rounds} ${side}: ${Math.round(result.rate)} starts/s`);
    }
  const of = (side, key) => (results[side].length === 0 ? null : summary(results[side].map((result) => result[key])));
  const figures = Object.entries(UNITS).map(([key, unit]) => [key, unit, of('now', key), of('before', key)]);
  return {
    title: `Starts over HTTP: ${requests.toLocaleString('en-US')} on ${CONNECTIONS} connections, one API process, no worker`,
    requests,
    notes: [
      'Redis calls: commands that the API sends, those inside scripts left out',
      ...(before === null ? ['--before <folder>: a built checkout to compare with'] : []),
    ],
    starts: Object.fromEntries(figures.map(([key, , now, then]) => [key, { now, before: then }])),
    table: [['', 'unit', 'now', 'before'], ...figures.map(([key, unit, now, then]) => [key.replaceAll('_', ' '), unit, now, then])],
  };
};

const UNITS = { rate: 'starts/s', p50: 'ms', p99: 'ms', api_cpu: 'us/start', redis_cpu: 'us/start', redis_calls: 'calls/start' };

const once = async (server, build, requests) => {
  const contestant = await openMillrace(server, { worker: false });
  const pipelines = build === null ? contestant.pipelines : join(build, 'bench', 'pipelines');
  const { dataDir, deployment } = contestant;
  const api = await startApi(server, { dataDir, deployment, pipelines, build, env: { MILLRACE_REQUESTS_PER_MINUTE: '1000000' } });
  try {
    const bytes = postBytes({ host: api.host, path: '/api/v1/pipelines/chain/runs', token: TOKEN });
    const load = { url: api.url, bytes, connections: CONNECTIONS, status: 201 };
    await closedLoop({ ...load, requests: Math.ceil(requests / 5) });
    const end = await beginCost(contestant.redis, api.pid);
    const { seconds, latencies } = await closedLoop({ ...load, requests });
    const cost = await end();
    const endWatch = await watchRedisCalls(contestant.redis);
    await closedLoop({ ...load, connections: 1, requests: WATCHED });
    const names = await endWatch();
    if (process.env.DEBUG_CALLS) console.error(names);
    const calls = Object.values(names).reduce((sum, count) => sum + count, 0);
    const perStart = (cpu) => (cpu / requests) * 1e6;
    return {
      rate: requests / seconds,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      api_cpu: perStart(cost.workerCpu),
      redis_cpu: perStart(cost.redisCpu),
      redis_calls: calls / WATCHED,
    };
  } finally {
    await api.stop();
    await contestant.close();
  }
};
