/*
 * A run of three no-op steps as a client sees it: from the POST that starts it to `run.succeeded` on its socket, one after the other and then
 * many at once. Beside it, what others have published of the like.
 */
import { io } from 'socket.io-client';
import { startApi, TOKEN } from '../contestants/api-process.mjs';
import { openMillrace } from '../contestants/millrace.mjs';
import { openConnection, postBytes } from '../measure/http-load.mjs';
import { quantile, summary } from '../measure/statistics.mjs';

/** Medians of a three-step workflow, ms, as they were published: each with a client, a machine and settings of its own. */
const PUBLISHED = { Restate: 4.1, Windmill: 103, Temporal: 119, Kestra: 177, Inngest: 260, Airflow: 3_792, Prefect: 9_679 };

export const measure = async ({ server, rounds, quick, progress }) => {
  const [oneByOne, atOnce] = quick ? [10, 20] : [100, 200];
  const results = [];
  for (let round = 0; round < rounds; round++) {
    results.push(await once(server, oneByOne, atOnce));
    progress(`round ${round + 1}/${rounds}: ${results.at(-1).sequential_p50.toFixed(1)} ms one by one`);
  }
  const of = (key) => summary(results.map((result) => result[key]));
  const keys = ['sequential_p50', 'sequential_p99', 'at_once_p50', 'at_once_p99'];
  return {
    title: `Three no-op steps, seen by an HTTP and socket client: ${oneByOne} runs one by one, then ${atOnce} at once`,
    seen: { ...Object.fromEntries(keys.map((key) => [`${key}_ms`, of(key)])), published_p50_ms: PUBLISHED },
    notes: [
      'ours: POST to run.succeeded on the socket; API, one worker of 50 slots and Redis (AOF everysec) on this machine, the client too',
      'published by others on other machines, with other clients, guarantees and settings: an order of magnitude, no contest',
    ],
    table: [
      ['', 'unit', 'median'],
      ...keys.map((key) => [key.replaceAll('_', ' '), 'ms', of(key)]),
      ...Object.entries(PUBLISHED).map(([name, ms]) => [`${name}, published`, 'ms', ms]),
    ],
  };
};

const once = async (server, oneByOne, atOnce) => {
  const millrace = await openMillrace(server);
  const { pipelines, dataDir, deployment } = millrace;
  const api = await startApi(server, { pipelines, dataDir, deployment, env: { MILLRACE_REQUESTS_PER_MINUTE: '1000000' } });
  const socket = io(`${api.url}/events`, { auth: { token: TOKEN, batches: true }, transports: ['websocket'] });
  const ends = new Map();
  const endOf = (runId) => {
    const known = ends.get(runId) ?? withResolvers();
    ends.set(runId, known);
    return known;
  };
  try {
    await new Promise((resolve, reject) => socket.once('snapshot', resolve).once('connect_error', reject));
    socket.on('events', (events) => events.forEach(({ type, run_id }) => type === 'run.succeeded' && endOf(run_id).resolve(performance.now())));
    await socket.timeout(5_000).emitWithAck('subscribe', { pipeline: 'chain' });
    const bytes = postBytes({ host: api.host, path: '/api/v1/pipelines/chain/runs', token: TOKEN });
    const { hostname, port } = new URL(api.url);
    const connections = await Promise.all(Array.from({ length: atOnce }, () => openConnection(hostname, Number(port))));
    const seen = async (connection) => {
      const from = performance.now();
      const { status, body } = await connection.send(bytes);
      if (status !== 201) throw new Error(`${status}: ${body}`);
      return (await endOf(JSON.parse(body).run_id).promise) - from;
    };
    const sequential = [];
    for (let done = 0; done < 10 + oneByOne; done++) sequential.push(await seen(connections[0]));
    const together = await Promise.all(connections.map(seen));
    for (const connection of connections) connection.close();
    const counted = sequential.slice(10);
    return {
      sequential_p50: quantile(counted, 0.5),
      sequential_p99: quantile(counted, 0.99),
      at_once_p50: quantile(together, 0.5),
      at_once_p99: quantile(together, 0.99),
    };
  } finally {
    socket.disconnect();
    await api.stop();
    await millrace.close();
  }
};

/** Promise.withResolvers, which Node 20 lacks. */
const withResolvers = () => {
  const known = {};
  known.promise = new Promise((resolve) => (known.resolve = resolve));
  return known;
};
