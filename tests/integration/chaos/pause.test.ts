import type { RunId } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { DIAMOND } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

test('S20 pauses in the middle of a load, and every worker killed: nothing starts, nothing is lost, all ends with the resume', async () => {
  on = await deploy([DIAMOND]);
  await on.scheduler();
  const workers = [await on.worker(), await on.worker()];
  const runs = await Promise.all(Array.from({ length: 30 }, () => on.start('diamond', { ms: 40 })));
  await on.untilEvent(runs[0]!, 'stage.succeeded');
  const paused = await Promise.all(
    runs.map(async (runId) => {
      const { kind } = await on.store.pauseRun({ runId, by: 'ann', reason: null });
      return { runId, kind, seq: (await on.store.run(runId))!.lastSeq };
    }),
  );
  await Promise.all(workers.map((worker) => worker.kill9()));
  await on.worker();
  const held = paused.filter(({ kind }) => kind === 'paused').map(({ runId }) => runId);
  expect(held.length).toBeGreaterThan(0);
  // What the killed workers ran is rescued; the new one meets all of it, and starts none.
  const isParked = async (runId: RunId): Promise<boolean> => {
    const run = (await on.store.run(runId))!;
    return run.stages.every(({ status, waitingFor }) => status !== 'running' && (status !== 'queued' || waitingFor));
  };
  for (const runId of held) await waitFor(() => isParked(runId), { what: 'its stages to be parked' });
  for (const { runId, seq } of paused.filter(({ kind }) => kind === 'paused'))
    expect((await on.eventsOf(runId)).filter((event) => event.seq > seq && event.type === 'stage.started')).toEqual([]);
  for (const runId of held) await on.store.resumeRun({ runId, by: 'bob', reason: null });
  await on.untilAllEnded();
  for (const runId of held) expect((await on.store.run(runId))!.status).toBe('succeeded');
  await expectSound(on);
  await expectAtRest(on);
});

test('S20 the deployment paused, then every process killed, Redis too: all waits, and goes on once it is resumed', async () => {
  on = await deploy([DIAMOND]);
  const killed = [await on.scheduler(), await on.worker()];
  const runs = await Promise.all(Array.from({ length: 10 }, () => on.start('diamond', { ms: 40 })));
  await on.untilEvent(runs[0]!, 'stage.succeeded');
  // Whoever pauses it dies before the runs are told.
  await on.store.setPause({ pipeline: null, paused: true, by: 'ann', reason: 'a new disk' });
  await Promise.all(killed.map((one) => one.kill9()));
  await on.redis.kill9();
  await on.redis.restart();
  await on.scheduler();
  await on.worker();
  const young = await on.start('diamond', { ms: 1 });
  for (const runId of [...runs, young])
    await waitFor(
      async () => {
        const { pause, finishedAt, stages } = (await on.store.run(runId))!;
        return finishedAt !== null || (pause !== null && stages.every(({ status }) => status !== 'running'));
      },
      { what: 'its runs to be paused', timeoutMs: 15_000 },
    );
  const since = (await on.store.pauses())[0]!.since;
  for (const runId of [...runs, young]) {
    const started = (await on.eventsOf(runId)).filter(({ type, at }) => type === 'stage.started' && at > since);
    expect(started).toEqual([]);
  }
  await on.store.setPause({ pipeline: null, paused: false, by: 'bob', reason: null });
  // The sweep resumes them.
  await on.untilAllEnded();
  for (const runId of [...runs, young]) expect((await on.store.run(runId))!.status).toBe('succeeded');
  await expectSound(on);
  await expectAtRest(on);
});
