import type { RunId } from '@millrace/core/domain';
import { followAll } from '@millrace/core/engine';
import { waitFor } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { lossyDeployment, range, RUN } from './lossy-feed.ts';

const OTHER = '0190a0a0-0000-7000-8000-000000000002' as RunId;

const follow = async () => {
  const deployment = lossyDeployment();
  const seqs = new Map<RunId, number[]>();
  const stop = await followAll(deployment.store, deployment.feed, ({ runId, seq }) =>
    seqs.set(runId, [...(seqs.get(runId) ?? []), seq]),
  );
  return { deployment, stop, of: (runId: RunId) => seqs.get(runId) ?? [] };
};

test('events of all runs as they come; none of before', async () => {
  const { deployment, stop, of } = await follow();
  for (const type of ['run.created', 'stage.started', 'run.succeeded'] as const)
    for (const runId of [RUN, OTHER]) deployment.record(type, { runId });
  expect([of(RUN), of(OTHER)]).toEqual([range(1, 3), range(1, 3)]);
  expect(deployment.reads()).toBe(1);
  await stop();
  expect(deployment.listeners.size).toBe(0);
});

test('a run that was there before is followed from where it is first heard of', async () => {
  const { deployment, stop, of } = await follow();
  deployment.record('run.created', { publish: false });
  deployment.record('stage.started', { publish: false });
  deployment.record('stage.log');
  expect(of(RUN)).toEqual([3]);
  await stop();
});

test('what the feed skips is read from the log, and what comes meanwhile is not lost', async () => {
  const { deployment, stop, of } = await follow();
  deployment.record('run.created');
  for (let n = 0; n < 450; n++) deployment.record('stage.log', { publish: false });
  const first = deployment.nextReading();
  deployment.record('stage.log');
  await first;
  for (const _page of [2, 3]) await deployment.nextReading();
  deployment.record('stage.log');
  await waitFor(() => of(RUN).length === 453, { what: 'all events' });
  expect(of(RUN)).toEqual(range(1, 453));
  await stop();
});

test('after a lost connection: the rest of known runs, and all of runs that came meanwhile, even if the store is down at first', async () => {
  const { deployment, stop, of } = await follow();
  deployment.record('run.created');
  deployment.goAway();
  deployment.record('run.succeeded', { publish: false });
  for (const type of ['run.created', 'run.succeeded'] as const)
    deployment.record(type, { runId: OTHER, publish: false });
  deployment.gap();
  await waitFor(() => deployment.reads() > 2, { what: 'readings that failed' });
  deployment.comeBack();
  await waitFor(() => of(RUN).length === 2 && of(OTHER).length === 2, { what: 'what was lost' });
  await stop();
});

test('a heartbeat that is ahead reveals a lost event; one of a run that has ended begins nothing', async () => {
  const { deployment, stop, of } = await follow();
  deployment.record('run.created');
  const end = deployment.record('run.succeeded', { publish: false });
  deployment.beat(2);
  await waitFor(() => of(RUN).length === 2, { what: 'the lost end' });
  const before = deployment.reads();
  deployment.beat(1);
  deployment.repeat(end);
  deployment.gap();
  await waitFor(() => deployment.reads() > before, { what: 'the reading after the gap' });
  deployment.record('run.created', { runId: OTHER });
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect([of(RUN), of(OTHER)]).toEqual([[1, 2], [1]]);
  await stop();
});
