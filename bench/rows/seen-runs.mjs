/*
 * A run of three no-op steps as a client sees it: from the POST that starts it to `run.succeeded` on its socket, one
 * after the other and then many at once. Beside it, what others have published of the like.
 */
import { io } from 'socket.io-client';
import { startApi, TOKEN } from '../contestants/api-process.mjs';
import { ofVersions } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { openConnection, postBytes } from '../measure/http-load.mjs';
import { figure, quantile } from '../measure/statistics.mjs';

/**
 * Medians of a three-step workflow one by one, ms, as Windmill published them: all on one machine, in containers
 * (https://github.com/windmill-labs/windmill/pull/8708).
 */
const PUBLISHED = {
  Restate: 4.1,
  Windmill: 103,
  Temporal: 119,
  Kestra: 177,
  Inngest: 260,
  Airflow: 3_792,
  Prefect: 9_679,
};

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const [oneByOne, atOnce] = quick ? [10, 20] : [100, 200];
  const { results, notes } = await interleave({
    contestants: ofVersions(versions),
    rounds,
    once: ({ open }) => once(open, server, oneByOne, atOnce),
    progress,
  });
  const seen = (key, share, what) =>
    figure(
      what,
      'ms',
      'POST -> run.succeeded on the socket',
      each(results, (result) => quantile(result[key], share)),
    );
  return {
    title: `Three no-op steps, seen by an HTTP and socket client: ${oneByOne} runs one by one, then ${atOnce} at once`,
    figures: {
      seen_one_by_one_p50_ms: seen('sequential', 0.5, 'one by one p50'),
      seen_one_by_one_p99_ms: seen('sequential', 0.99, 'one by one p99'),
      seen_at_once_p50_ms: seen('together', 0.5, 'at once p50'),
      seen_at_once_p99_ms: seen('together', 0.99, 'at once p99'),
    },
    published_p50_ms: PUBLISHED,
    notes: [
      ...notes,
      'API, one worker of 50 slots, Redis (AOF everysec) and the client share this machine',
      'published by Windmill: 100 runs one by one on a machine of theirs, each peer in containers with its own client, store and guarantees',
      'not comparable: their steps run inline in one process where ours are handed over through the queue; stores and guarantees differ',
    ],
    table: [
      ['published, one by one p50', ...Object.keys(PUBLISHED)],
      ['ms', ...Object.values(PUBLISHED)],
    ],
  };
};

const once = async (open, server, oneByOne, atOnce) => {
  const millrace = await open(server);
  const api = await startApi(server, millrace);
  const socket = io(`${api.url}/events`, { auth: { token: TOKEN, batches: true }, transports: ['websocket'] });
  const ends = new Map();
  const endOf = (runId) => {
    const known = ends.get(runId) ?? withResolvers();
    ends.set(runId, known);
    return known;
  };
  try {
    await new Promise((resolve, reject) => socket.once('snapshot', resolve).once('connect_error', reject));
    const hear = ({ type, run_id }) => type === 'run.succeeded' && endOf(run_id).resolve(performance.now());
    // An earlier version may not know batches, and sends event by event.
    socket.on('events', (events) => events.forEach(hear)).on('event', hear);
    await socket.timeout(5_000).emitWithAck('subscribe', { pipeline: 'chain' });
    const bytes = postBytes({ host: api.host, path: '/api/v1/pipelines/chain/runs', token: TOKEN });
    const { hostname, port } = new URL(api.url);
    const openSome = (count) =>
      Promise.all(Array.from({ length: count }, () => openConnection(hostname, Number(port))));
    const [first] = await openSome(1);
    const seen = async (connection) => {
      const from = performance.now();
      const { status, body } = await connection.send(bytes);
      if (status !== 201) throw new Error(`${status}: ${body}`);
      return (await endOf(JSON.parse(body).run_id).promise) - from;
    };
    const sequential = [];
    for (let done = 0; done < 10 + oneByOne; done++) sequential.push(await seen(first));
    const connections = await openSome(atOnce);
    const together = await Promise.all(connections.map(seen));
    for (const connection of [first, ...connections]) connection.close();
    return { sequential: sequential.slice(10), together };
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
