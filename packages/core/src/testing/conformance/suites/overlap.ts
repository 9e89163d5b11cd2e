import { describe, expect, test } from 'vitest';
import type { RunId } from '../../../domain/index.ts';
import { checkOverlap } from '../check-overlap.ts';
import { chainOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';

export const overlapSuite: Suite = (rig) =>
  describe('overlap', () => {
    const pipeline = chainOf('p', 2);
    const statuses = async (runIds: readonly RunId[]): Promise<readonly string[]> =>
      Promise.all(runIds.map(async (runId) => (await rig().run(runId)).status));

    test('S5: skip refuses while a run is live, names it, and leaves nothing', async () => {
      const live = await rig().start(pipeline, { overlap: 'skip' });
      const runId = newRunId();
      expect(await rig().ask(pipeline, { runId, overlap: 'skip' })).toEqual({ kind: 'overlap', liveRunId: live });
      expect(await rig().store.run(runId)).toBeNull();
      expect(await rig().store.locks()).toMatchObject([{ pipeline: 'p', holder: live, fence: 1, queued: [] }]);
    });

    test('skip starts again as soon as the live run has ended, however it ended', async () => {
      const worker = await rig().worker();
      await rig().start(pipeline, { overlap: 'skip' });
      await worker.drain();
      const failing = await rig().start(pipeline, { overlap: 'skip' });
      await worker.fail(await worker.take(), { retryable: false });
      const cancelled = await rig().start(pipeline, { overlap: 'skip' });
      await rig().cancel(cancelled);
      const last = await rig().start(pipeline, { overlap: 'skip' });
      expect(await statuses([failing, cancelled, last])).toEqual(['failed', 'cancelled', 'starting']);
    });

    test('a run that is only being cancelled still holds the lock', async () => {
      const live = await rig().start(pipeline, { overlap: 'skip' });
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(live);
      expect(await rig().ask(pipeline, { overlap: 'skip' })).toEqual({ kind: 'overlap', liveRunId: live });
      await worker.succeed(claim);
      expect(await rig().ask(pipeline, { overlap: 'skip' })).toMatchObject({ kind: 'started' });
    });

    test('queue lets runs in one by one, in the order of their starts', async () => {
      await rig().register(pipeline);
      const answers = [];
      for (let i = 0; i < 3; i++) answers.push(await rig().ask(pipeline, { overlap: 'queue' }));
      const runIds = answers.map((answer) => (answer as { runId: RunId }).runId);
      expect(answers.map(({ kind }) => kind)).toEqual(['started', 'queued', 'queued']);
      expect(await statuses(runIds)).toEqual(['starting', 'queued', 'queued']);
      expect(await rig().store.locks()).toMatchObject([{ holder: runIds[0], queued: runIds.slice(1) }]);
      expect((await rig().log(runIds[1]!))[0]!.data).toMatchObject({ status: 'queued', queued: [] });

      const worker = await rig().worker();
      const order: RunId[] = [];
      for (let claim = await worker.claim(); claim; claim = await worker.claim()) {
        order.push(claim.runId);
        await worker.succeed(claim);
      }
      expect(order).toEqual(runIds.flatMap((runId) => [runId, runId]));
      expect(await rig().facts(runIds[2]!)).toEqual([
        'run.created',
        'run.admitted',
        's0 started',
        's0 succeeded',
        's1 started',
        's1 succeeded',
        'run.succeeded',
      ]);
      expect((await rig().log(runIds[2]!))[1]!.data).toEqual({ queued: ['s0'] });
      expect(await rig().store.locks()).toEqual([]);
      expect(checkOverlap(await Promise.all(runIds.map((runId) => rig().log(runId))))).toEqual([]);
    });

    test('a run that waits can be cancelled: it leaves the line, the others keep their order', async () => {
      const runIds = [];
      for (let i = 0; i < 4; i++) runIds.push(await rig().start(pipeline, { overlap: 'queue' }));
      expect(await rig().cancel(runIds[1]!)).toMatchObject({ kind: 'cancelled' });
      expect(await rig().facts(runIds[1]!)).toEqual(['run.created', 's0 cancelled', 's1 cancelled', 'run.cancelled']);
      expect(await rig().store.locks()).toMatchObject([{ holder: runIds[0], queued: [runIds[2], runIds[3]] }]);
      await rig().cancel(runIds[0]!);
      expect(await rig().store.locks()).toMatchObject([{ holder: runIds[2], queued: [runIds[3]] }]);
      expect(await statuses(runIds)).toEqual(['cancelled', 'cancelled', 'starting', 'queued']);
    });

    test('skip is refused while others wait in line', async () => {
      const live = await rig().start(pipeline, { overlap: 'queue' });
      await rig().start(pipeline, { overlap: 'queue' });
      expect(await rig().ask(pipeline, { overlap: 'skip' })).toEqual({ kind: 'overlap', liveRunId: live });
    });

    test('cancel_running waits for the older run to end, and then goes on', async () => {
      const older = await rig().start(pipeline, { overlap: 'cancel_running' });
      const worker = await rig().worker();
      const claim = await worker.take();
      const answer = await rig().ask(pipeline, { overlap: 'cancel_running' });
      expect(answer).toMatchObject({ kind: 'queued', cancelled: [older] });
      const { runId: newer } = answer as { runId: RunId };
      expect(await statuses([older, newer])).toEqual(['cancelling', 'queued']);
      expect(await worker.send(claim, { kind: 'cancelled', reason: 'superseded' })).toBe('cancelled');
      expect(await statuses([older, newer])).toEqual(['cancelled', 'starting']);
      expect(await worker.drain()).toEqual(['s0', 's1']);
      expect(await rig().facts(older)).toEqual([
        'run.created',
        's0 started',
        'run.cancelling',
        's1 cancelled',
        's0 cancelled',
        'run.cancelled',
      ]);
      expect(checkOverlap([await rig().log(older), await rig().log(newer)])).toEqual([]);
    });

    test('cancel_running takes the lock at once when nothing of the older run runs', async () => {
      const older = await rig().start(pipeline, { overlap: 'skip' });
      const answer = await rig().ask(pipeline, { overlap: 'cancel_running' });
      expect(answer).toMatchObject({ kind: 'started', cancelled: [older] });
      expect(await rig().facts((answer as { runId: RunId }).runId)).toEqual(['run.created', 'run.admitted']);
      expect(await statuses([older])).toEqual(['cancelled']);
    });

    test('cancel_running: the newest wins over those that wait, too', async () => {
      const older = await rig().start(pipeline, { overlap: 'queue' });
      const worker = await rig().worker();
      const claim = await worker.take();
      const waiting = await rig().start(pipeline, { overlap: 'queue' });
      const second = await rig().ask(pipeline, { overlap: 'cancel_running' });
      expect('cancelled' in second && [...second.cancelled].sort()).toEqual([older, waiting].sort());
      const third = await rig().ask(pipeline, { overlap: 'cancel_running' });
      const [{ runId: secondId }, { runId: thirdId }] = [second, third] as [{ runId: RunId }, { runId: RunId }];
      expect(third).toMatchObject({ kind: 'queued', cancelled: [secondId] });
      expect(await statuses([older, waiting, secondId, thirdId])).toEqual([
        'cancelling',
        'cancelled',
        'cancelled',
        'queued',
      ]);
      await worker.succeed(claim);
      expect(await statuses([older, thirdId])).toEqual(['cancelled', 'starting']);
    });

    test('cancel_running: those that wait are not let in on the way', async () => {
      const older = await rig().start(pipeline, { overlap: 'queue' });
      const waiting = await rig().start(pipeline, { overlap: 'queue' });
      expect(await rig().ask(pipeline, { overlap: 'cancel_running' })).toMatchObject({ kind: 'started' });
      expect(await statuses([older, waiting])).toEqual(['cancelled', 'cancelled']);
      expect(await rig().facts(waiting)).toEqual(['run.created', 's0 cancelled', 's1 cancelled', 'run.cancelled']);
    });

    test('allow takes no lock and asks for none', async () => {
      const runIds = [];
      for (let i = 0; i < 2; i++) runIds.push(await rig().start(pipeline, { overlap: 'allow' }));
      expect(await rig().store.locks()).toEqual([]);
      const holder = await rig().start(pipeline, { overlap: 'skip' });
      runIds.push(await rig().start(pipeline, { overlap: 'allow' }));
      expect(await statuses([...runIds, holder])).toEqual(['starting', 'starting', 'starting', 'starting']);
      await rig().cancel(runIds[0]!);
      expect(await rig().store.locks()).toMatchObject([{ holder }]);
    });

    test('the slots of two pipelines have nothing to do with each other', async () => {
      await rig().start(pipeline, { overlap: 'skip' });
      await rig().start(chainOf('q', 1), { overlap: 'skip' });
      expect((await rig().store.locks()).map(({ pipeline: name }) => name).sort()).toEqual(['p', 'q']);
    });

    test('two versions of one pipeline share its lock', async () => {
      const live = await rig().start(pipeline, { overlap: 'skip' });
      const newer = await rig().register(chainOf('p', 3));
      expect(await rig().ask(newer, { overlap: 'skip' })).toEqual({ kind: 'overlap', liveRunId: live });
      const waiting = await rig().start(newer, { overlap: 'queue' });
      await rig().cancel(live);
      expect((await rig().run(waiting)).stages.map(({ status }) => status)).toEqual(['queued', 'pending', 'pending']);
    });
  });
