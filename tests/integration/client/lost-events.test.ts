/**
 * Events that the API has sent and that never arrive, over a connection that stays up: the next event or a heartbeat
 * shows that they are missing.
 */
import { connectLive, EVENTS_GONE, type Live, type Refusal } from '@millrace/client';
import type { RunId } from '@millrace/core/domain';
import { publishHeartbeats } from '@millrace/core/redis';
import { waitFor } from '@millrace/core/testing';
import type { WireEvent } from '@millrace/core/wire';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from '../api/deployed-api.ts';
import { type LossyWebSocket, startLossyWebSocket } from './lossy-web-socket.ts';

let deployed: DeployedApi;
let between: LossyWebSocket;
let live: Live;
let runId: RunId;
const events: WireEvent[] = [];
const statuses: string[] = [];
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  between = await startLossyWebSocket(Number(new URL(deployed.url).port));
  runId = (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;
  live = connectLive({ url: between.url, token: TOKEN });
  events.length = 0;
  live.followRun(runId, 0, { onEvent: (event) => events.push(event), onRefused: () => {} });
  await waitFor(() => events.length === 1 && live.status() === 'live', { what: 'the run to be followed' });
  statuses.length = 0;
  live.onStatus((status) => statuses.push(status));
});
afterEach(async () => {
  live.close();
  await between.close();
  await deployed.end();
});

const seqs = () => events.map(({ seq }) => seq);
const ends = () => waitFor(() => events.at(-1)?.type === 'run.succeeded', { what: 'the end' });
/** As the scheduler publishes them for every live run, periodically. */
const beat = async () =>
  publishHeartbeats(deployed.redis, deployed.keys, [{ runId, lastSeq: (await deployed.store.run(runId))!.lastSeq }]);

test('the last one before a silence: heartbeats that are ahead of what arrived bring it, once and in its place', async () => {
  const worker = await deployed.worker();
  const lost = between.loseNext('"event"', '"type":"stage.started"', '"stage":"translator"');
  const claim = await worker.claim();
  await lost;
  await waitFor(
    async () => {
      await beat();
      return events.length === 2;
    },
    { what: 'what was lost' },
  );
  await worker.succeed(claim);
  await worker.run(2);
  await ends();
  expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(statuses).not.toContain('offline');
});

test('one packet of many: the next one that arrives shows the gap, which is filled before it', async () => {
  const worker = await deployed.worker();
  const claim = await worker.claim();
  await waitFor(() => events.length === 2, { what: 'the start of the stage' });
  const lost = between.loseNext('"event"', '"type":"stage.progress"', '"n":7');
  await worker.report(
    claim,
    Array.from({ length: 20 }, (_, n) => ({ type: 'stage.progress', data: { n } })),
  );
  await lost;
  expect(events).toHaveLength(2);
  await worker.report(claim, [{ type: 'stage.progress', data: { n: 20 } }]);
  await waitFor(() => events.length === 23, { what: 'all reports' });
  await worker.succeed(claim);
  await worker.run(2);
  await ends();
  expect(seqs()).toEqual(Array.from({ length: 29 }, (_, n) => n + 1));
  expect(statuses).not.toContain('offline');
});

test('those no longer kept: a follower that lacks them learns so, once, and others continue', async () => {
  const worker = await deployed.worker();
  live.close();
  const claim = await worker.claim();
  await worker.log(claim, 'a line');
  await worker.log(claim, 'another');
  await deployed.redis.ltrim(deployed.keys.events(runId), 3, -1);
  live = connectLive({ url: between.url, token: TOKEN });
  const refusals: Refusal[] = [];
  const late: number[] = [];
  live.followRun(runId, 1, { onEvent: ({ seq }) => late.push(seq), onRefused: (refusal) => refusals.push(refusal) });
  live.followRun(runId, 3, { onEvent: (event) => events.push(event), onRefused: () => {} });
  await waitFor(() => refusals.length > 0 && live.status() === 'live', { what: 'the loss to be told' });
  await worker.succeed(claim);
  await worker.run(2);
  await ends();
  expect(refusals).toEqual([{ code: EVENTS_GONE, message: `events 2 to 3 of run ${runId} are no longer kept` }]);
  expect(late).toEqual([]);
  expect(seqs()).toEqual([1, 4, 5, 6, 7, 8, 9, 10]);
});
