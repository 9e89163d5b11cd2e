import { describe, expect, test } from 'vitest';
import type { Gate, GateActor, GateDefinition, GateId, GateOpening, RunId, StageName } from '../../../domain/index.ts';
import type { DecideGate, GateAnswer } from '../../../ports/index.ts';
import { openingOf, pipelineOf, type StageShape } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';
import type { TestWorker } from '../test-worker.ts';

const ANN: GateActor = { name: 'ann', role: 'operator' };
const BOB: GateActor = { name: 'bob', role: 'operator' };
const EVE: GateActor = { name: 'eve', role: 'admin' };
const VIC: GateActor = { name: 'vic', role: 'viewer' };

export const gateSuite: Suite = (rig) =>
  describe('a gate', () => {
    let commands = 0;
    const decide = (gate: Gate, given: Partial<DecideGate> = {}): Promise<GateAnswer> =>
      rig().store.decideGate({
        gateId: gate.gateId,
        verb: 'approve',
        by: BOB,
        shownDigest: gate.shownDigest,
        notes: null,
        values: null,
        backTo: null,
        commandId: `c${++commands}`,
        ...given,
      });
    const pipelineWith = (gate: Partial<GateDefinition>, shape: StageShape = {}, name = 'p') =>
      pipelineOf(name, { a: [], g: { on: ['a'], ...shape, gate }, z: ['g'] });
    /** The worker claims the stage and asks. */
    const ask = async (
      worker: TestWorker,
      runId: RunId,
      given: Partial<Omit<GateOpening, 'definition'>> = {},
    ): Promise<Gate> => {
      const claim = await worker.take();
      const pipeline = rig().pipelines.find(({ name }) => name === claim.pipeline)!;
      expect(await worker.send(claim, { kind: 'gate', opening: openingOf(pipeline, claim.stage, given) })).toBe('gate');
      return (await rig().store.gateOfStage(runId, claim.stage))!;
    };
    const opened = async (gate: Partial<GateDefinition>, shape: StageShape = {}) => {
      const runId = await rig().start(pipelineWith(gate, shape));
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      return { runId, worker, gate: await ask(worker, runId) };
    };
    const stageOf = async (runId: RunId, name = 'g') =>
      (await rig().run(runId)).stages.find(({ stage }) => stage === name)!;
    const fire = () => rig().store.fireTimeouts(100);
    const pending = async (): Promise<readonly GateId[]> =>
      (await rig().store.gates({ status: 'pending', pipeline: null, mine: null, limit: 50, cursor: null })).items.map(
        ({ gateId }) => gateId,
      );
    const HOUR = 3_600_000;

    test('before a stage: it waits without a worker and a job, and runs once it is approved', async () => {
      const { runId, worker, gate } = await opened({ timeout: HOUR, onTimeout: 'fail' });
      expect(gate).toEqual({
        runId,
        stage: 'g',
        generation: 1,
        opening: 1,
        gateId: `${runId}.g.1.1`,
        pipeline: 'p',
        kind: 'start',
        status: 'pending',
        openedAt: gate.openedAt,
        deadline: gate.openedAt + HOUR,
        definition: rig().pipelines[0]!.stages[1]!.gate,
        starter: 'ann',
        shownDigest: 'shown',
        shown: [],
        votes: [],
        decision: null,
        previous: null,
      });
      expect(await rig().run(runId)).toMatchObject({ status: 'awaiting_gate' });
      expect(await rig().store.runSummary(runId)).toMatchObject({
        status: 'awaiting_gate',
        stageCounts: { total: 3, ended: 1, running: 0 },
      });
      expect(await worker.claim()).toBeNull();
      expect((await rig().store.queues()).find(({ queue }) => queue === 'default')).toMatchObject({
        waiting: 0,
        active: 0,
        delayed: 0,
      });
      expect(await decide(gate, { notes: 'good' })).toMatchObject({
        kind: 'decided',
        gate: { status: 'approved', decision: { by: BOB, via: 'person', notes: 'good', values: null, backTo: null } },
      });
      const claim = await worker.take();
      expect([claim.stage, claim.attempt]).toEqual(['g', 1]);
      await worker.succeed(claim);
      expect((await stageOf(runId)).attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
        [1, 'gated'],
        [1, 'succeeded'],
      ]);
      await worker.drain();
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        'a started',
        'a succeeded',
        'g started',
        'g gate.opened',
        'g gate.decided',
        'g started',
        'g succeeded',
        'z started',
        'z succeeded',
        'run.succeeded',
      ]);
    });

    test('a retry of an attempt that failed behind the gate asks nobody again', async () => {
      const { runId, worker, gate } = await opened({}, { retry: { maximumAttempts: 2, initialInterval: 1 } });
      await decide(gate);
      await worker.fail(await worker.take());
      await rig().pass(5);
      expect((await worker.take()).attempt).toBe(2);
      expect(await rig().store.gateOfStage(runId, 'g' as StageName)).toMatchObject({ status: 'approved', opening: 1 });
    });

    test('on a result: what depends on it waits, and gets what was approved, or the edited values', async () => {
      for (const [name, values, output] of [
        ['p', null, { n: 1 }],
        ['q', { n: 2 }, { n: 2 }],
      ] as const) {
        const runId = await rig().start(pipelineWith({ kind: 'result' }, {}, name));
        const worker = await rig().worker();
        await worker.succeed(await worker.take());
        const gate = await ask(worker, runId);
        expect(await worker.claim()).toBeNull();
        expect(await stageOf(runId)).toMatchObject({ status: 'awaiting_gate', output: { n: 1 }, finishedAt: null });
        await decide(gate, { values });
        expect(await stageOf(runId)).toMatchObject({ status: 'succeeded', output });
        expect((await stageOf(runId)).attempts.map(({ status }) => status)).toEqual(['succeeded']);
        expect((await worker.take()).inputs).toEqual({ g: output });
      }
    });

    test('a long result is kept, and replaced by edited values', async () => {
      const runId = await rig().start(pipelineWith({ kind: 'result' }));
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      const long = 'x'.repeat(1_000);
      const gate = await ask(worker, runId, { outputJson: JSON.stringify({ long }) });
      expect((await stageOf(runId)).output).toEqual({ long });
      await decide(gate, { values: 'short' });
      expect((await worker.take()).inputs).toEqual({ g: 'short' });
    });

    test('of its own: the values are its output, or null', async () => {
      for (const [name, values] of [
        ['p', null],
        ['q', { words: 10 }],
      ] as const) {
        const runId = await rig().start(pipelineWith({ kind: 'stage' }, {}, name));
        const worker = await rig().worker();
        await worker.succeed(await worker.take());
        await decide(await ask(worker, runId), { values });
        expect((await worker.take()).inputs).toEqual({ g: values });
        expect((await stageOf(runId)).attempts.map(({ status }) => status)).toEqual(['gated']);
      }
    });

    test('rejected: the run is paused, which names the gate; resumed, the stage runs again, and is told what was said', async () => {
      const { runId, worker, gate } = await opened({});
      expect(await decide(gate, { verb: 'reject', notes: 'too long' })).toMatchObject({
        kind: 'decided',
        gate: { status: 'rejected' },
      });
      expect((await rig().run(runId)).pause).toMatchObject({
        scope: 'run',
        by: 'bob',
        reason: 'too long',
        cause: { kind: 'gate_rejected', gate: gate.gateId },
      });
      expect(await pending()).toEqual([]);
      expect((await stageOf(runId)).status).toBe('awaiting_gate');
      await rig().resume(runId);
      const reopened = (await rig().log(runId)).find(({ type }) => type === 'stage.reopened')!;
      expect(reopened).toMatchObject({
        generation: 2,
        data: { because: null, was: 'awaiting_gate', gate: gate.gateId, queued: ['g'] },
      });
      expect(await stageOf(runId)).toMatchObject({ status: 'queued', generation: 2, attempt: 0 });
      expect(await rig().store.feedbackOf(runId, gate.stage, 1)).toBeNull();
      expect(await rig().store.feedbackOf(runId, gate.stage, 2)).toMatchObject({
        gateId: gate.gateId,
        decision: { by: BOB, notes: 'too long' },
      });
      expect(await decide(gate)).toMatchObject({ kind: 'closed', gate: { status: 'rejected' } });
      const again = await ask(worker, runId);
      expect(again).toMatchObject({ generation: 2, opening: 1, status: 'pending', previous: gate.gateId });
      expect(await decide(again)).toMatchObject({ kind: 'decided' });
      expect((await stageOf(runId)).status).toBe('queued');
    });

    test('a stage that waits at its gate runs again: the gate is superseded, and asks anew', async () => {
      const { runId, worker, gate } = await opened({});
      expect((await rig().rerun(runId, 'g', { gate: gate.gateId })).kind).toBe('reopened');
      expect(await decide(gate)).toMatchObject({ kind: 'closed', gate: { status: 'superseded' } });
      expect(await pending()).toEqual([]);
      const again = await ask(worker, runId);
      expect(again).toMatchObject({ generation: 2, opening: 1 });
      await decide(again);
      expect(await worker.drain()).toEqual(['g', 'z']);
    });

    test('the first decision wins; the second is told who and when; sent again, it gets its first answer', async () => {
      const { runId, gate } = await opened({});
      const first = await decide(gate, { commandId: 'one' });
      expect(first).toMatchObject({ kind: 'decided' });
      expect(await decide(gate, { by: EVE, verb: 'reject' })).toMatchObject({
        kind: 'closed',
        gate: { status: 'approved', decision: { by: BOB } },
      });
      const length = (await rig().log(runId)).length;
      expect((await decide(gate, { commandId: 'one' })).kind).toBe('decided');
      expect((await rig().log(runId)).length).toBe(length);
    });

    test('a decision on something else than what is shown, at a gate that is none, or by who may not, changes nothing', async () => {
      const { runId, gate } = await opened({ roles: ['admin'], approvers: ['bob'], notes: 'on_reject' });
      const length = (await rig().log(runId)).length;
      expect((await decide(gate, { shownDigest: 'yesterday' })).kind).toBe('changed');
      expect((await decide(gate, { by: ANN })).kind).toBe('not_an_approver');
      expect((await decide(gate, { by: { name: 'bob', role: 'viewer' } })).kind).toBe('not_an_approver');
      for (const notes of [null, ' \n'])
        expect((await decide(gate, { verb: 'reject', notes })).kind).toBe('notes_needed');
      expect((await decide(gate, { verb: 'withdraw' })).kind).toBe('no_vote');
      for (const gateId of [`${runId}.g.1.2`, `${runId}.a.1.1`, `${newRunId()}.g.1.1`, 'x'])
        expect(await decide(gate, { gateId: gateId as GateId })).toEqual({ kind: 'unknown' });
      await expect(decide(gate, { verb: 'request_changes' })).rejects.toMatchObject({ code: 'illegal_transition' });
      expect((await rig().log(runId)).length).toBe(length);
      expect((await decide(gate, { by: EVE })).kind).toBe('decided');
    });

    test('who started the run may be barred', async () => {
      const { gate } = await opened({ starterMayApprove: false });
      expect((await decide(gate, { by: ANN })).kind).toBe('not_an_approver');
      expect((await decide(gate, { by: ANN, verb: 'reject' })).kind).toBe('not_an_approver');
      expect((await decide(gate)).kind).toBe('decided');
    });

    test('a quorum counts people, each once; a vote can be withdrawn', async () => {
      const { runId, gate } = await opened({ quorum: 2 });
      expect(await decide(gate, { values: { n: 7 } })).toMatchObject({ kind: 'voted', gate: { status: 'pending' } });
      expect(await decide(gate)).toMatchObject({ kind: 'voted', gate: { votes: [{ by: BOB }] } });
      expect(await decide(gate, { verb: 'withdraw', commandId: 'w' })).toMatchObject({
        kind: 'voted',
        gate: { votes: [] },
      });
      expect((await decide(gate, { verb: 'withdraw', commandId: 'w' })).kind).toBe('voted');
      expect((await decide(gate, { by: EVE })).kind).toBe('voted');
      expect(await decide(gate)).toMatchObject({
        kind: 'decided',
        gate: { status: 'approved', votes: [{ by: EVE }, { by: BOB }], decision: { by: BOB, values: { n: 7 } } },
      });
      expect((await stageOf(runId)).status).toBe('queued');
    });

    test('one reject closes a gate whatever was voted', async () => {
      const { gate } = await opened({ quorum: 3 });
      await decide(gate);
      await decide(gate, { by: EVE });
      expect(await decide(gate, { by: ANN, verb: 'reject' })).toMatchObject({
        kind: 'decided',
        gate: { status: 'rejected', votes: [{ by: BOB }, { by: EVE }] },
      });
      expect((await decide(gate, { verb: 'withdraw' })).kind).toBe('closed');
    });

    test('one that waits for other gates says which', async () => {
      const pipeline = pipelineOf('p', {
        first: { gate: { kind: 'stage' } },
        second: { gate: { kind: 'stage', dependsOn: ['first' as StageName] } },
      });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      const first = await ask(worker, runId);
      const second = await ask(worker, runId);
      expect(await decide(second)).toMatchObject({ kind: 'waits', for: ['first'] });
      expect((await rig().store.gate(second.gateId))!.votes).toEqual([]);
      await decide(first);
      expect((await decide(second)).kind).toBe('decided');
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('one that asked nobody holds no other up once its stage has ended', async () => {
      const pipeline = pipelineOf('p', {
        first: { gate: { kind: 'stage' } },
        second: { gate: { kind: 'stage', dependsOn: ['first' as StageName] } },
      });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      const passed = await worker.take();
      const second = await ask(worker, runId);
      expect((await decide(second)).kind).toBe('waits');
      await worker.succeed(passed);
      expect((await decide(second)).kind).toBe('decided');
    });

    test.each([
      ['approve', 'approved', 'queued'],
      ['reject', 'rejected', 'awaiting_gate'],
      ['fail', 'expired', 'failed'],
    ] as const)('its deadline can %s: whoever comes then is told so', async (onTimeout, status, stage) => {
      const { runId, gate } = await opened({ timeout: 20, onTimeout });
      await rig().pass(25);
      // Whether the timer has fired or not.
      if (onTimeout === 'approve') await fire();
      expect(await decide(gate)).toMatchObject({
        kind: 'closed',
        gate: { status, decision: { by: null, via: 'deadline' } },
      });
      expect(await fire()).toBe(0);
      expect((await stageOf(runId)).status).toBe(stage);
      if (onTimeout === 'fail')
        expect((await rig().run(runId)).error).toMatchObject({
          code: 'gate_expired',
          message: 'nobody decided at its gate within 20ms',
        });
      if (onTimeout === 'reject') expect((await rig().run(runId)).pause!.by).toBeNull();
      expect(await pending()).toEqual([]);
    });

    test('its deadline goes on while the run is paused; an approval is kept until the resume', async () => {
      const { runId, worker, gate } = await opened({ timeout: 20, onTimeout: 'approve' });
      await rig().store.pauseRun({ runId, by: 'ann', reason: null });
      await rig().pass(25);
      expect(await fire()).toBe(1);
      expect((await rig().store.gate(gate.gateId))!.status).toBe('approved');
      expect(await worker.claim()).toBeNull();
      await rig().resume(runId);
      expect((await worker.take()).stage).toBe('g');
    });

    test('an escalation reminds, and lets others decide from then on; it never moves the deadline', async () => {
      const escalate = [
        { after: 15, notify: 'editors', addApprovers: [] },
        { after: 30, notify: null, addApprovers: ['vic', 'eve'] },
      ];
      const { runId, gate } = await opened({ approvers: ['bob'], timeout: HOUR, onTimeout: 'fail', escalate });
      // In real time both may be over already.
      if (rig().skipsTime) expect((await decide(gate, { by: EVE })).kind).toBe('not_an_approver');
      await rig().pass(20);
      await fire();
      await rig().pass(20);
      await fire();
      expect(await fire()).toBe(0);
      const reminded = (await rig().log(runId)).filter(({ type }) => type === 'gate.reminded');
      expect(reminded.map(({ data }) => data)).toEqual([
        { gate: gate.gateId, after_ms: 15, notify: 'editors', add_approvers: [] },
        { gate: gate.gateId, after_ms: 30, notify: null, add_approvers: ['vic', 'eve'] },
      ]);
      expect((await rig().store.gate(gate.gateId))!.deadline).toBe(gate.deadline);
      const mine = (by: GateActor) =>
        rig().store.gates({ status: 'pending', pipeline: null, mine: by, limit: 5, cursor: null });
      expect((await mine(EVE)).items).toHaveLength(1);
      expect((await mine(VIC)).items).toHaveLength(0);
      expect((await decide(gate, { by: VIC })).kind).toBe('not_an_approver');
      expect((await decide(gate, { by: EVE })).kind).toBe('decided');
      expect((await mine(EVE)).items).toHaveLength(0);
    });

    test.each(['approve', 'reject'] as const)('`auto` can %s at once, and records why', async (verdict) => {
      const runId = await rig().start(pipelineWith({ kind: 'result' }));
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      const gate = await ask(worker, runId, { verdict, reason: 'outputs.g.n > 0' });
      expect(gate).toMatchObject({
        status: verdict === 'approve' ? 'approved' : 'rejected',
        decision: { by: null, via: 'auto', notes: 'outputs.g.n > 0', values: null },
      });
      if (verdict === 'approve') expect((await worker.take()).inputs).toEqual({ g: { n: 1 } });
      else expect((await rig().run(runId)).status).toBe('paused');
    });

    test('a cancel closes it, whatever is due; nothing stays pending', async () => {
      const { runId, gate } = await opened({ timeout: 10, onTimeout: 'approve' });
      await rig().pass(15);
      expect(await rig().cancel(runId)).toMatchObject({ kind: 'cancelled' });
      expect(await fire()).toBe(0);
      expect(await decide(gate)).toMatchObject({
        kind: 'closed',
        gate: { status: 'closed', decision: { via: 'run' } },
      });
      expect(await pending()).toEqual([]);
      expect(await rig().facts(runId)).toContain('g gate.decided');
      expect(await rig().store.pendingGates([gate.pipeline])).toEqual({});
    });

    test('a newer run that cancels the one that waits closes its gate', async () => {
      const pipeline = pipelineOf('p', { g: { gate: {} } });
      const runId = await rig().start(pipeline, { overlap: 'cancel_running' });
      const gate = await ask(await rig().worker(), runId);
      await rig().start(pipeline, { overlap: 'cancel_running' });
      expect((await rig().run(runId)).status).toBe('cancelled');
      expect((await rig().store.gate(gate.gateId))!.status).toBe('closed');
    });

    test('the timeout of its run closes it', async () => {
      const pipeline = pipelineOf('p', { g: { gate: {} } }, { timeoutMs: 20 });
      const runId = await rig().start(pipeline);
      const gate = await ask(await rig().worker(), runId);
      await rig().pass(25);
      await fire();
      expect(await rig().run(runId)).toMatchObject({ status: 'failed', error: { code: 'timed_out' } });
      expect((await rig().store.gate(gate.gateId))!.status).toBe('closed');
    });

    test('a gate is opened by who holds the stage only; in a run that is being cancelled none is', async () => {
      const runId = await rig().start(pipelineWith({}));
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      const claim = await worker.take();
      const opening = openingOf(rig().pipelines[0]!, 'g');
      expect(await worker.send({ ...claim, fence: claim.fence - 1 }, { kind: 'gate', opening })).toBe('fenced');
      await rig().cancel(runId);
      expect(await worker.send(claim, { kind: 'gate', opening })).toBe('cancelled');
      expect(await rig().store.gatesOfRun(runId)).toEqual([]);
    });

    test('an outcome sent again gets the same answer, also once the gate was decided', async () => {
      const runId = await rig().start(pipelineWith({ kind: 'result' }));
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      const claim = await worker.take();
      const outcome = { kind: 'gate', opening: openingOf(rig().pipelines[0]!, 'g') } as const;
      expect(await worker.send(claim, outcome)).toBe('gate');
      expect(await worker.send(claim, outcome)).toBe('gate');
      await decide((await rig().store.gateOfStage(runId, claim.stage))!);
      expect(await worker.send(claim, outcome)).toBe('gate');
      expect(await rig().store.gatesOfRun(runId)).toHaveLength(1);
    });

    test('the timeout of its stage stands still while people decide', async () => {
      const { runId, worker, gate } = await opened({}, { timeouts: { stage: 40 } });
      await rig().pass(60);
      expect(await fire()).toBe(0);
      await decide(gate);
      await worker.take();
      expect((await stageOf(runId)).status).toBe('running');
      await rig().pass(60);
      await fire();
      expect((await stageOf(runId)).status).toBe('failed');
    });

    test('the sweep leaves a waiting gate as it is', async () => {
      const { runId, gate } = await opened({ timeout: HOUR, onTimeout: 'fail' });
      const length = (await rig().log(runId)).length;
      await rig().store.reconcile('0', 100, 0);
      expect((await rig().log(runId)).length).toBe(length);
      expect(await rig().store.gate(gate.gateId)).toEqual(gate);
    });

    test('a step of the clock keeps the time left', async () => {
      const { gate } = await opened({ timeout: HOUR, onTimeout: 'fail' });
      await rig().pass(2);
      const since = await rig().store.now();
      await rig().store.noteClockStep({ stepMs: 600_000, since, queues: [], schedules: [] });
      expect((await rig().store.gate(gate.gateId))!.deadline).toBe(gate.deadline! + 600_000);
    });

    test('lists: the longest waiting first, of a pipeline, of a person, and what was closed, in pages', async () => {
      const { store } = rig();
      const of = { mine: null, pipeline: null, limit: 50, cursor: null } as const;
      const gates: Gate[] = [];
      const worker = await rig().worker();
      for (const [name, gate] of [
        ['p', {}],
        ['q', { roles: ['admin'] }],
        ['r', { approvers: ['bob'] }],
        ['s', { starterMayApprove: false }],
      ] as const) {
        const pipeline = pipelineOf(name, { g: { gate: { kind: 'stage', ...gate } } });
        const runId = await rig().start(pipeline);
        gates.push(await ask(worker, runId));
        await rig().pass(2);
      }
      const names = (items: readonly Gate[]) => items.map(({ pipeline }) => pipeline);
      expect(names((await store.gates({ ...of, status: 'pending' })).items)).toEqual(['p', 'q', 'r', 's']);
      expect(names((await store.gates({ ...of, status: 'pending', pipeline: gates[1]!.pipeline })).items)).toEqual([
        'q',
      ]);
      const mine = async (by: GateActor) => names((await store.gates({ ...of, status: 'pending', mine: by })).items);
      expect(await mine(BOB)).toEqual(['p', 'r', 's']);
      expect(await mine(ANN)).toEqual(['p']);
      expect(await mine(EVE)).toEqual(['p', 'q', 's']);
      expect(await mine(VIC)).toEqual([]);
      const page = await store.gates({ ...of, status: 'pending', mine: BOB, limit: 2 });
      expect(names(page.items)).toEqual(['p', 'r']);
      const next = await store.gates({ ...of, status: 'pending', mine: BOB, limit: 2, cursor: page.nextCursor });
      expect([names(next.items), next.nextCursor]).toEqual([['s'], null]);
      expect(await store.pendingGates(['p', 'q', 'r', 's', 'other'] as never)).toEqual({ p: 1, q: 1, r: 1, s: 1 });
      expect(await store.pendingGates(['q'] as never)).toEqual({ q: 1 });
      expect(await store.lastApproved(gates[0]!.pipeline, gates[0]!.stage)).toBeNull();
      await decide(gates[0]!);
      await rig().pass(2);
      await decide(gates[2]!, { verb: 'reject' });
      expect(names((await store.gates({ ...of, status: 'pending' })).items)).toEqual(['q', 's']);
      const closed = await store.gates({ ...of, status: 'closed', limit: 1 });
      expect(names(closed.items)).toEqual(['r']);
      const older = await store.gates({ ...of, status: 'closed', limit: 1, cursor: closed.nextCursor });
      expect([names(older.items), older.nextCursor]).toEqual([['p'], null]);
      expect(await store.pendingGates(['p', 'q', 'r', 's'] as never)).toEqual({ q: 1, s: 1 });
      expect((await store.lastApproved(gates[0]!.pipeline, gates[0]!.stage))!.gateId).toBe(gates[0]!.gateId);
      expect(await store.gate(gates[0]!.gateId)).toMatchObject({ status: 'approved' });
    });

    test('it is forgotten with its run', async () => {
      const { store } = rig();
      const pipeline = pipelineOf('p', { g: { gate: { kind: 'stage' } } });
      const runId = await rig().start(pipeline);
      const gate = await ask(await rig().worker(), runId);
      await decide(gate);
      expect(await store.pruneRuns({ count: 0, ageMs: 0 }, 10)).toBe(1);
      expect(await store.gate(gate.gateId)).toBeNull();
      expect(await store.lastApproved(gate.pipeline, gate.stage)).toBeNull();
      expect(
        (await store.gates({ status: 'closed', pipeline: null, mine: null, limit: 5, cursor: null })).items,
      ).toEqual([]);
      expect(await decide(gate)).toEqual({ kind: 'unknown' });
    });
  });
