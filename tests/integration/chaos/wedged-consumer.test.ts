import { FsArtifactStore } from '@millrace/core/artifacts';
import { connectRedis, redisFeed, startLeaseThread, workOptions } from '@millrace/core/redis';
import { waitFor } from '@millrace/core/testing';
import { createWorker } from '@millrace/worker';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { DIAMOND, HOLD } from './bodies.ts';
import { type Deployment, deploy, TIMES, TOKEN } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let on: Deployment;
let proxy: TcpProxy;
const ending: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
  await on.end();
  await proxy.close();
});

/** BullMQ asks at least every 5 s, and gives a silent connection up a second later. */
const SILENCE_MS = 8_000;

/**
 * A worker in this process, for the canary's patience is not a setting; BullMQ's connections alone go through the
 * proxy.
 */
const startWorker = async (lines: string[]): Promise<void> => {
  const subscriber = await connectRedis(on.redis.url, workOptions);
  const worker = createWorker({
    store: on.store,
    control: redisFeed(subscriber, on.keys),
    artifacts: new FsArtifactStore(on.dataDir),
    artifactLimits: { attempt: { count: 10, bytes: 1e6 }, run: { count: 100, bytes: 1e7 } },
    pipelines: on.loaded,
    queues: null,
    concurrency: 2,
    leaseMs: TIMES.lease,
    heartbeatMs: TIMES.heartbeat,
    drainMs: TIMES.drain,
    connection: { ...workOptions, url: proxy.url },
    prefix: on.keys.queuePrefix,
    keepLease: (worker) =>
      startLeaseThread({
        url: on.redis.url,
        root: on.keys.root,
        worker,
        ttlMs: TIMES.lease,
        beatMs: TIMES.heartbeat,
        maxLoopBlockMs: 60_000,
      }),
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    silenceMs: SILENCE_MS,
  });
  await worker.start();
  ending.push(worker.stop, () => subscriber.disconnect());
};

test('L8 a consumer whose connections came back only to swallow everything is replaced, and work goes on', async () => {
  on = await deploy([DIAMOND]);
  proxy = await startTcpProxy(on.redis.port);
  const lines: string[] = [];
  await startWorker(lines);
  const before = await on.start('diamond');
  await on.untilEvent(before, 'run.succeeded');
  const fault = proxy.swallowEverything();
  // BullMQ gives the silent connection up; the new one is accepted, and its greeting is never answered: there it stays.
  await waitFor(() => fault.reconnected() > 0, { what: 'BullMQ to connect anew', timeoutMs: 20_000 });
  fault.stop();
  const during = await on.start('diamond');
  const line = await waitFor(() => lines.find((text) => text.includes('its consumer was replaced')), {
    what: 'the canary',
    timeoutMs: 3 * SILENCE_MS,
  });
  const { time } = JSON.parse(line) as { time: number };
  await on.untilEvent(during, 'run.succeeded');
  // Nobody else had taken it: without the canary it would wait for good. Both clocks are this machine's.
  expect((await on.untilEvent(during, 'stage.started')).at).toBeGreaterThanOrEqual(time - 1);
  await expectSound(on);
  await expectAtRest(on);
}, 60_000);

test('L8 S16 a worker and an API whose every connection swallowed everything work on when the network is back', async () => {
  on = await deploy([HOLD]);
  proxy = await startTcpProxy(on.redis.port);
  await on.scheduler();
  const worker = await on.worker({ REDIS_URL: proxy.url });
  const api = await on.api({ REDIS_URL: proxy.url });
  const run = await on.start('hold');
  const stream = followStream(`${api.url}/api/v1/runs/${run}/events/stream`);
  ending.push(stream.stop);
  await waitFor(() => stream.text().includes('stage.log'), { what: 'a live event' });
  const subscriber = await connectRedis(proxy.url, workOptions);
  ending.push(() => subscriber.disconnect());
  let gaps = 0;
  await redisFeed(subscriber, on.keys).subscribe({ onEvent: () => {}, onGap: () => void (gaps += 1) });
  const fault = proxy.swallowEverything();
  await on.untilEvent(run, 'stage.rescued');
  fault.stop();
  on.letGo();
  await on.untilEvent(run, 'run.succeeded', {}, 40_000);
  expect((await on.store.run(run))!.stages[0]!.worker).toContain(`-${worker.pid}-`);
  await waitFor(() => stream.text().includes('run.succeeded'), { what: 'the stream to catch up', timeoutMs: 30_000 });
  const told = [...stream.text().matchAll(/^id: ?(\d+)$/gm)].map(([, seq]) => Number(seq));
  expect(told).toEqual((await on.eventsOf(run)).map(({ seq }) => seq));
  // A subscriber, which awaits no reply, has noticed too: it is asked to read what it missed.
  await waitFor(() => gaps > 0, { what: 'the subscriber to notice', timeoutMs: 30_000 });
  await expectSound(on);
  await expectAtRest(on);
}, 90_000);

/** A client of the live stream that never reconnects by itself. */
const followStream = (url: string): { text(): string; stop(): Promise<void> } => {
  const abort = new AbortController();
  let text = '';
  const reading = (async () => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` }, signal: abort.signal });
    for await (const chunk of response.body!) text += Buffer.from(chunk).toString();
  })().catch(() => {});
  return {
    text: () => text,
    stop: async () => {
      abort.abort();
      await reading;
    },
  };
};
