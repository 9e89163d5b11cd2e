import { describe, expect, test } from 'vitest';
import type { Pipeline, RunId } from '../../../domain/index.ts';
import { chainOf, diamondOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';
import { refOf } from '../test-worker.ts';

export const pauseSuite: Suite = (rig) =>
  describe('a paused run', () => {
    const pause = (runId: RunId, reason: string | null = 'maintenance') =>
      rig().store.pauseRun({ runId, by: 'ann', reason });
    const stageOf = async (runId: RunId, name: string) =>
      (await rig().run(runId)).stages.find(({ stage }) => stage === name)!;
    const HOUR = 60 * 60 * 1_000;

    test('its running stage ends, what follows is parked once, and goes on with the resume', async () => {
      const runId = await rig().start(chainOf('p', 3));
      const worker = await rig().worker();
      const claim = await worker.take();
      expect(await pause(runId)).toEqual({ kind: 'paused' });
      const paused = (await rig().log(runId)).at(-1)!;
      const told = { since: paused.at, scope: 'run', by: 'ann', reason: 'maintenance' };
      expect(paused).toMatchObject({ type: 'run.paused', data: told });
      expect(await rig().run(runId)).toMatchObject({ status: 'paused', pause: told });

      const { recorded, claim: next } = await rig().store.advance({
        worker: worker.id,
        queue: 'default',
        slot: 'one',
        outcome: { ...refOf(claim), result: { kind: 'succeeded', outputJson: '{}' } },
        fetch: true,
      });
      expect([recorded, next]).toEqual(['succeeded', null]);
      for (let asked = 0; asked < 3; asked++) expect(await worker.claim()).toBeNull();
      await rig().store.reconcile('0', 100, 0);
      const { queuedAt, ...waiting } = await stageOf(runId, 's1');
      expect(waiting).toMatchObject({ status: 'queued', waitingFor: { cause: 'paused', since: queuedAt } });
      expect((await rig().store.queues()).find(({ queue }) => queue === 'default')).toMatchObject({
        waiting: 0,
        active: 0,
        delayed: 0,
      });
      expect(await rig().store.parked()).toEqual([]);

      expect(await rig().resume(runId)).toEqual({ kind: 'resumed', more: [] });
      const resumed = (await rig().log(runId)).at(-1)!;
      expect(resumed.data).toEqual({ status: 'running', by: 'bob', reason: null, queued: ['s1'] });
      expect(await rig().run(runId)).toMatchObject({ status: 'running', pause: null });
      expect(await stageOf(runId, 's1')).toMatchObject({ status: 'queued', waitingFor: null, queuedAt: resumed.at });
      expect(await worker.drain()).toEqual(['s1', 's2']);
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        'run.paused',
        's0 succeeded',
        's1 parked',
        'run.resumed',
        's1 started',
        's1 succeeded',
        's2 started',
        's2 succeeded',
        'run.succeeded',
      ]);
    });

    test('one that has not begun starts nothing, and is `starting` again afterwards', async () => {
      const runId = await rig().start(chainOf('p', 1));
      await pause(runId);
      const worker = await rig().worker();
      expect(await worker.claim()).toBeNull();
      await rig().resume(runId);
      expect((await rig().run(runId)).status).toBe('starting');
      expect((await worker.take()).runId).toBe(runId);
    });

    test('other runs of the queue are claimed meanwhile; it goes on before those that came later', async () => {
      const [first, second] = [await rig().start(diamondOf('p')), await rig().start(chainOf('q', 1))];
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      await pause(first);
      expect((await worker.take()).runId).toBe(second);
      const third = await rig().start(chainOf('q', 1));
      await rig().resume(first);
      expect([await worker.take(), await worker.take()].map(({ stage }) => stage)).toEqual(['b', 'c']);
      expect((await worker.take()).runId).toBe(third);
    });

    test('twice is once; a run that is not paused, is being cancelled or is over has its answer, and nothing changes', async () => {
      const runId = await rig().start(chainOf('p', 1));
      expect(await rig().resume(runId)).toEqual({ kind: 'not_paused', status: 'starting' });
      await pause(runId);
      expect(await pause(runId, 'again')).toEqual({ kind: 'paused' });
      await rig().resume(runId);
      expect(await rig().resume(runId)).toEqual({ kind: 'not_paused', status: 'starting' });
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(runId);
      expect(await pause(runId)).toEqual({ kind: 'cancelling' });
      expect(await rig().resume(runId)).toEqual({ kind: 'not_paused', status: 'cancelling' });
      await worker.send(claim, { kind: 'cancelled', reason: 'told to' });
      expect(await pause(runId)).toEqual({ kind: 'terminal', status: 'cancelled' });
      expect(await rig().resume(runId)).toEqual({ kind: 'terminal', status: 'cancelled' });
      for (const answer of [await pause(newRunId()), await rig().resume(newRunId())])
        expect(answer).toEqual({ kind: 'unknown' });
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        'run.paused',
        'run.resumed',
        's0 started',
        'run.cancelling',
        's0 cancelled',
        'run.cancelled',
      ]);
    });

    test('it can be cancelled', async () => {
      const runId = await rig().start(chainOf('p', 2));
      await pause(runId);
      expect(await (await rig().worker()).claim()).toBeNull();
      expect(await rig().cancel(runId)).toEqual({ kind: 'cancelled', more: [] });
      expect(await rig().run(runId)).toMatchObject({ status: 'cancelled', pause: null });
    });

    test('it ends with its last running stage: nothing is left to wait for', async () => {
      const worker = await rig().worker();
      const [good, bad] = [await rig().start(chainOf('p', 1)), await rig().start(chainOf('p', 2))];
      const claims = [await worker.take(), await worker.take()];
      await pause(good);
      await pause(bad);
      await worker.succeed(claims[0]!);
      await worker.fail(claims[1]!, { retryable: false });
      expect(await rig().run(good)).toMatchObject({ status: 'succeeded', pause: null });
      expect(await rig().run(bad)).toMatchObject({ status: 'failed', pause: null });
    });

    test('a stage whose worker is lost is rescued and parked, and so is one that was handed back', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      const [lost, worker] = [await rig().worker('lost'), await rig().worker('left')];
      await lost.take();
      const b = await worker.take();
      await pause(runId);
      await lost.die();
      await worker.handBack(b);
      expect(await worker.claim()).toBeNull();
      const states = (await rig().run(runId)).stages.map(({ status, waitingFor }) => [status, waitingFor?.cause]);
      expect(states).toEqual([
        ['queued', 'paused'],
        ['queued', 'paused'],
      ]);
      await rig().resume(runId);
      expect([(await worker.take()).attempt, (await worker.take()).attempt]).toEqual([2, 1]);
    });

    test('a retry that comes due is parked and keeps its number', async () => {
      const retry = { maximumAttempts: 3, initialInterval: 20, jitter: 0 };
      const runId = await rig().start(pipelineOf('p', { a: { retry } }));
      const worker = await rig().worker();
      await worker.fail(await worker.take());
      await pause(runId);
      await rig().until('it is due and parked', async () => {
        expect(await worker.claim()).toBeNull();
        return (await stageOf(runId, 'a')).waitingFor;
      });
      expect(await stageOf(runId, 'a')).toMatchObject({ status: 'retrying', attempt: 1 });
      await rig().resume(runId);
      expect(await stageOf(runId, 'a')).toMatchObject({ status: 'queued', nextAttemptAt: null, error: null });
      expect((await worker.take()).attempt).toBe(2);
    });

    test('a stage that was handed back for later is parked once it is due, and has no instant to wait for after the resume', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.handBack(await worker.take(), 20);
      await pause(runId);
      await rig().until('it is due and parked', async () => {
        expect(await worker.claim()).toBeNull();
        return (await stageOf(runId, 's0')).waitingFor;
      });
      await rig().resume(runId);
      expect(await stageOf(runId, 's0')).toMatchObject({ status: 'queued', nextAttemptAt: null });
      expect((await worker.take()).stage).toBe('s0');
    });

    test('a stage that no worker has the code of is parked by the pause once a worker has it', async () => {
      const pipeline = chainOf('p', 1);
      const runId = await rig().start(pipeline);
      expect(await (await rig().worker('unable', [])).claim()).toBeNull();
      await pause(runId);
      const worker = await rig().worker('able', [pipeline]);
      expect(await worker.claim()).toBeNull();
      expect((await stageOf(runId, 's0')).waitingFor).toMatchObject({ cause: 'paused' });
      await rig().resume(runId);
      expect((await worker.take()).runId).toBe(runId);
    });

    test('a stage that runs apart waits for the resume, and still runs apart', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: { queue: 'other' } }));
      for (const name of ['one', 'two']) {
        const lost = await rig().worker(name);
        await lost.take();
        if (name === 'one') await lost.take('other');
        else
          await rig()
            .start(chainOf('q', 1))
            .then(() => lost.take());
        await lost.die();
      }
      await pause(runId);
      const worker = await rig().worker();
      await worker.drain();
      expect((await stageOf(runId, 'a')).waitingFor).toMatchObject({ cause: 'paused' });
      await rig().resume(runId);
      const claim = await worker.take();
      expect(claim.stage).toBe('a');
      expect((await rig().store.workers()).find((one) => one.worker === worker.id)).toMatchObject({ holdsOff: true });
    });

    test('it keeps its overlap lock; one that waits for the lock lets others pass, and is before all that wait when it is resumed', async () => {
      const pipeline = chainOf('p', 1);
      const [first, second, third] = [
        await rig().start(pipeline, { overlap: 'queue' }),
        await rig().start(pipeline, { overlap: 'queue' }),
        await rig().start(pipeline, { overlap: 'queue' }),
      ];
      const worker = await rig().worker();
      await pause(second);
      await pause(first);
      expect(await worker.claim()).toBeNull();
      expect(await rig().store.lock(pipeline.name)).toMatchObject({ holder: first, queued: [third] });
      expect(await rig().ask(pipeline, { overlap: 'skip' })).toMatchObject({ kind: 'overlap', liveRunId: first });
      await rig().resume(first);
      await worker.succeed(await worker.take());
      expect(await rig().store.lock(pipeline.name)).toMatchObject({ holder: third, queued: [] });
      await rig().start(pipeline, { overlap: 'queue' });
      await rig().resume(second);
      expect(await rig().run(second)).toMatchObject({ status: 'queued' });
      expect((await rig().store.lock(pipeline.name))!.queued[0]).toBe(second);
      await worker.drain();
      expect((await rig().run(second)).status).toBe('succeeded');
    });

    test('one that waits for a lock that is free by then takes it with the resume', async () => {
      const pipeline = chainOf('p', 1);
      const first = await rig().start(pipeline, { overlap: 'queue' });
      const second = await rig().start(pipeline, { overlap: 'queue' });
      await pause(second);
      const worker = await rig().worker();
      await worker.drain();
      expect((await rig().run(first)).status).toBe('succeeded');
      expect(await rig().store.lock(pipeline.name)).toBeNull();
      await rig().resume(second);
      expect((await rig().facts(second)).slice(-2)).toEqual(['run.resumed', 'run.admitted']);
      expect(await worker.drain()).toEqual(['s0']);
    });

    test('what a resume cannot do in one script it leaves over: every stage goes on, in order', async () => {
      const names = Array.from({ length: 250 }, (_, at) => `s${at}`);
      const runId = await rig().start(pipelineOf('p', Object.fromEntries(names.map((name) => [name, []]))));
      const worker = await rig().worker();
      await pause(runId);
      for (let asked = 0; asked < 13; asked++) expect(await worker.claim()).toBeNull();
      expect((await rig().run(runId)).stages.every(({ waitingFor }) => waitingFor?.cause === 'paused')).toBe(true);
      const answer = await rig().store.resumeRun({ runId, by: null, reason: null });
      expect(answer).toEqual({ kind: 'resumed', more: [runId] });
      await rig().store.reconcile('0', 0);
      expect((await worker.drain()).toSorted()).toEqual(names.toSorted());
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('timeouts: a day of pause is added to that of the run and of waiting stages; a wait for a worker begins anew', async (context) => {
      if (!rig().skipsTime) return context.skip('a day would have to pass: only a clock that can be moved shows it');
      const timeouts = { stage: 2 * HOUR, queue: HOUR };
      const pipeline = pipelineOf('p', { a: { timeouts } }, { timeoutMs: 4 * HOUR });
      const fired = () => rig().store.fireTimeouts(100);
      const [by, runId] = [await rig().start(pipeline), await rig().start(pipeline)];
      await rig().pass(HOUR / 2);
      await pause(runId);
      await pause(by);
      for (let hour = 0; hour < 24; hour++) {
        await rig().pass(HOUR);
        expect(await fired()).toBe(0);
      }
      await rig().resume(runId);
      await rig().resume(by);
      await rig().pass(HOUR - 1);
      expect(await fired()).toBe(0);
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().pass(1);
      // The other one's wait for a worker.
      expect(await fired()).toBe(1);
      await rig().pass(HOUR / 2 - 1);
      expect(await fired()).toBe(0);
      await rig().pass(1);
      expect(await fired()).toBe(1);
      expect((await rig().log(claim.runId)).find(({ type }) => type === 'stage.failed')!.data).toMatchObject({
        error: { code: 'timed_out' },
      });
    });

    test('timeouts: that of the run stands still, that of a running stage goes on', async (context) => {
      if (!rig().skipsTime) return context.skip('a day would have to pass: only a clock that can be moved shows it');
      const pipeline = pipelineOf('p', { a: { timeouts: { stage: HOUR } }, b: [] }, { timeoutMs: 2 * HOUR });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      await worker.take();
      await pause(runId);
      await rig().pass(HOUR);
      expect(await rig().store.fireTimeouts(100)).toBe(1);
      expect(await stageOf(runId, 'a')).toMatchObject({ status: 'failed', error: { code: 'timed_out' } });
      await rig().pass(24 * HOUR);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await rig().resume(runId);
      await rig().pass(2 * HOUR - 1);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await rig().pass(1);
      expect(await rig().store.fireTimeouts(100)).toBe(1);
      expect((await rig().run(runId)).error).toMatchObject({ code: 'timed_out', stage: null });
    });

    test('timeouts: a step of the clock during the pause does not count', async (context) => {
      if (!rig().skipsTime) return context.skip('the clock has to be moved');
      const timeouts = { stage: 2 * HOUR, queue: null };
      const runs = [
        await rig().start(pipelineOf('p', { a: { timeouts } })),
        await rig().start(pipelineOf('q', { a: [] }, { timeoutMs: 3 * HOUR })),
      ];
      for (const runId of runs) await pause(runId);
      await rig().pass(5 * HOUR);
      await rig().store.noteClockStep({
        stepMs: 4 * HOUR,
        since: await rig().store.now(),
        queues: ['default'],
        schedules: [],
      });
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      for (const runId of runs) await rig().resume(runId);
      await rig().pass(2 * HOUR - 1);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await rig().pass(1);
      expect(await rig().store.fireTimeouts(100)).toBe(1);
      await rig().pass(HOUR - 1);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await rig().pass(1);
      expect(await rig().store.fireTimeouts(100)).toBe(1);
    });

    describe('with its pipeline, or with the deployment', () => {
      const P = chainOf('p', 2);
      const set = (pipeline: Pipeline | null, paused: boolean) =>
        rig().store.setPause({ pipeline: pipeline?.name ?? null, paused, by: 'eve', reason: 'move' });
      const pausedBy = async (runId: RunId) => (await rig().run(runId)).pause?.scope ?? null;

      test('no claim starts a stage of it from then on; those of other pipelines are claimed', async () => {
        const worker = await rig().worker();
        const runId = await rig().start(P);
        expect(await set(P, true)).toBe(true);
        expect(await set(P, true)).toBe(false);
        const other = await rig().start(chainOf('q', 1));
        await worker.renew([]);
        expect((await worker.take()).runId).toBe(other);
        expect(await worker.claim()).toBeNull();
        expect((await rig().run(runId)).pause).toMatchObject({ scope: 'pipeline', by: 'eve', reason: 'move' });
        expect((await stageOf(runId, 's0')).waitingFor).toMatchObject({ cause: 'paused' });
        expect(await rig().store.pauses()).toMatchObject([{ pipeline: 'p', scope: 'pipeline', by: 'eve' }]);
      });

      test('its live runs are paused and resumed with it, new ones wait', async () => {
        const worker = await rig().worker();
        const old = await rig().start(P);
        const claim = await worker.take();
        await set(P, true);
        await rig().store.followPauses([old]);
        expect(await pausedBy(old)).toBe('pipeline');
        await worker.succeed(claim);
        const young = await rig().start(P);
        expect(await worker.claim()).toBeNull();
        expect(await pausedBy(young)).toBe('pipeline');
        expect(await set(P, false)).toBe(true);
        expect(await set(P, false)).toBe(false);
        await rig().store.followPauses([old, young]);
        expect((await rig().log(old)).findLast(({ type }) => type === 'run.resumed')!.data).toEqual({
          by: 'eve',
          reason: 'move',
          status: 'running',
          queued: ['s1'],
        });
        expect(await worker.drain()).toHaveLength(3);
        expect(await rig().store.pauses()).toEqual([]);
      });

      test('the sweep does the same when whoever paused it died', async () => {
        const runId = await rig().start(P);
        for (const [paused, scope] of [
          [true, 'deployment'],
          [false, null],
        ] as const) {
          await set(null, paused);
          await rig().store.reconcile('0', 100, 0);
          expect(await pausedBy(runId)).toBe(scope);
        }
        expect(await (await rig().worker()).drain()).toEqual(['s0', 's1']);
      });

      test('a success hands nothing on to its worker', async () => {
        const runId = await rig().start(P);
        const worker = await rig().worker();
        const claim = await worker.take();
        await set(null, true);
        const { claim: next } = await rig().store.advance({
          worker: worker.id,
          queue: 'default',
          slot: 'one',
          outcome: { ...refOf(claim), result: { kind: 'succeeded', outputJson: '{}' } },
          fetch: true,
        });
        expect(next).toBeNull();
        expect(await pausedBy(runId)).toBe('deployment');
      });

      test('a worker that registers, or brings its code later, gets none of it', async () => {
        await set(P, true);
        const runId = await rig().start(P);
        const late = await rig().worker('late', [P]);
        expect(await late.claim()).toBeNull();
        await late.learn([P, chainOf('q', 1)], []);
        expect(await late.claim()).toBeNull();
        await set(P, false);
        await rig().store.followPauses([runId]);
        expect((await late.take()).runId).toBe(runId);
      });

      test('what was parked for a worker with its code is not taken by it', async () => {
        const runId = await rig().start(P);
        expect(await (await rig().worker('unable', [])).claim()).toBeNull();
        await set(P, true);
        const able = await rig().worker('able', [P]);
        expect(await able.claim()).toBeNull();
        expect((await stageOf(runId, 's0')).waitingFor).toMatchObject({ cause: 'paused' });
      });

      test('a run that was paused by itself stays paused, and one of a paused pipeline is not resumed alone', async () => {
        const [own, other] = [await rig().start(P), await rig().start(P)];
        await pause(own);
        await set(P, true);
        await rig().store.followPauses([own, other]);
        expect([await pausedBy(own), await pausedBy(other)]).toEqual(['run', 'pipeline']);
        expect(await rig().resume(other)).toEqual({ kind: 'stays_paused' });
        // Its own pause ends, that of its pipeline holds it.
        expect(await rig().resume(own)).toEqual({ kind: 'resumed', more: [] });
        expect(await pausedBy(own)).toBe('pipeline');
        await pause(other);
        expect(await pausedBy(other)).toBe('run');
        await set(P, false);
        await rig().store.followPauses([own, other]);
        expect([await pausedBy(own), await pausedBy(other)]).toEqual([null, 'run']);
      });

      test('paused with both, it goes on when the last of them is resumed', async () => {
        const runId = await rig().start(P);
        await set(P, true);
        await set(null, true);
        for (const [pipeline, scope] of [
          [P, 'deployment'],
          [null, null],
        ] as const) {
          await rig().store.followPauses([runId]);
          expect((await rig().run(runId)).status).toBe('paused');
          await set(pipeline, false);
          await rig().store.followPauses([runId]);
          expect(await pausedBy(runId)).toBe(scope);
        }
      });

      test('a tick judged before is judged again', async () => {
        await rig().register(P);
        const { revision } = await rig().store.scheduleChanges();
        await set(P, true);
        const tick = { scheduleId: 'nightly', instant: 1, outcome: 'missed', reason: 'down' } as const;
        expect(await rig().store.recordTick({ ...tick, scheduleRevision: revision })).toBe('schedule_changed');
      });
    });
  });
