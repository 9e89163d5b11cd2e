import { waitFor } from '@millrace/core/testing';
import { newRunId } from '@millrace/core/testing/conformance';
import { afterEach, expect, test } from 'vitest';
import { DIAMOND, HOLD, STUBBORN } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

/** Of the stages in bodies.ts. */
const GRACE = 300;

test('L5 S6 a command that ignores SIGTERM and has forked is dead within heartbeat + grace of its cancel', async () => {
  on = await deploy([STUBBORN]);
  await on.worker();
  const run = await on.start('stubborn');
  await on.untilWitness(({ what }) => what === 'forked', 'the child');
  await on.untilEvent(run, 'stage.log');
  const answer = await on.store.cancelRun({ runId: run, reason: 'enough', by: 'test', graceMs: null });
  expect(answer.kind).toBe('cancelling');
  const ended = await on.untilEvent(run, 'run.cancelled');
  // A cancelled stage is recorded when its processes are gone, not before.
  expect(await on.commandProcesses()).toEqual([]);
  const asked = await on.untilEvent(run, 'run.cancelling');
  expect(ended.at - asked.at).toBeGreaterThanOrEqual(GRACE);
  expect(on.witnesses().map(({ what }) => what)).toEqual(['began', 'forked', 'terminated']);
  await expectSound(on);
  await expectAtRest(on);
});

test('L5 a cancel whose wake-up is lost arrives by the heartbeat', async () => {
  on = await deploy([HOLD]);
  await on.worker();
  const run = await on.start('hold');
  await on.untilWitness(({ what }) => what === 'began', 'the body');
  // Loads the script, so that the three commands below are consecutive.
  await on.store.cancelRun({ runId: newRunId(), reason: null, by: null, graceMs: null });
  const [killed, answer, [, subscribers]] = await Promise.all([
    on.connection.call('CLIENT', 'KILL', 'TYPE', 'pubsub'),
    on.store.cancelRun({ runId: run, reason: null, by: null, graceMs: null }),
    on.connection.pubsub('NUMSUB', on.keys.control) as Promise<[string, number]>,
  ]);
  expect({ killed, kind: answer.kind, subscribers }).toEqual({ killed: 1, kind: 'cancelling', subscribers: 0 });
  const aborted = await on.untilWitness(({ what }) => what === 'aborted', 'the cancel');
  expect(aborted.reason).toBe('cancelled');
  await on.untilEvent(run, 'run.cancelled');
  await expectSound(on);
  await expectAtRest(on);
});

test('S6 cancels in the middle of a load: no stage starts after one was acknowledged', async () => {
  on = await deploy([DIAMOND]);
  await on.scheduler();
  await on.worker();
  await on.worker();
  const runs = await Promise.all(Array.from({ length: 60 }, () => on.start('diamond', { ms: 40 })));
  await on.untilEvent(runs[0]!, 'stage.succeeded');
  const acknowledged = await Promise.all(
    runs.map(async (runId) => {
      const { kind } = await on.store.cancelRun({ runId, reason: null, by: null, graceMs: null });
      return { runId, kind, seq: (await on.store.run(runId))!.lastSeq };
    }),
  );
  await on.untilAllEnded();
  await expectSound(on);
  for (const { runId, seq } of acknowledged.filter(({ kind }) => kind !== 'terminal')) {
    const after = (await on.eventsOf(runId)).filter((event) => event.seq > seq);
    expect(after.filter(({ type }) => type === 'stage.started')).toEqual([]);
  }
  expect(acknowledged.some(({ kind }) => kind === 'cancelling')).toBe(true);
  await expectAtRest(on);
});

test('a run whose worker dies while it is cancelled ends cancelled', async () => {
  on = await deploy([STUBBORN]);
  await on.scheduler();
  const worker = await on.worker();
  const run = await on.start('stubborn');
  await on.untilWitness(({ what }) => what === 'forked', 'the child');
  worker.pause();
  expect((await on.store.cancelRun({ runId: run, reason: null, by: null, graceMs: null })).kind).toBe('cancelling');
  await worker.kill9();
  await on.untilEvent(run, 'run.cancelled');
  await waitFor(async () => (await on.commandProcesses()).length === 0, { what: 'the end of its processes' });
  await expectSound(on);
  await expectAtRest(on);
});
