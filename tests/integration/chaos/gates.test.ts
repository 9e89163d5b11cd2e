import type { Gate, RunId, StageName } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { BROKEN_GATE, JUDGED, LATE_GATE } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

const gateOf = (runId: RunId, stage: string): Promise<Gate | null> => on.store.gateOfStage(runId, stage as StageName);
const pendingAt = (runId: RunId, stage: string): Promise<Gate> =>
  waitFor(
    async () => {
      const gate = await gateOf(runId, stage);
      return gate?.status === 'pending' ? gate : null;
    },
    { what: `a gate at ${stage}`, timeoutMs: 15_000 },
  );
const decide = ({ gateId, shownDigest }: Gate, verb: 'approve' | 'reject', values: unknown = null) =>
  on.store.decideGate({
    gateId,
    verb,
    by: { name: 'bob', role: 'operator' },
    shownDigest,
    notes: 'seen',
    values,
    backTo: null,
    commandId: `${gateId} ${verb}`,
  });

test('S20 gates wait while every process is killed, Redis too: nothing is lost, and each goes on by its decision', async () => {
  on = await deploy([JUDGED]);
  const killed = [await on.scheduler(), await on.worker()];
  const [runId, expiring] = [await on.start('judged', {}), await on.start('judged', { ms: 1 })];
  const first = await pendingAt(runId, 'edit');
  await pendingAt(expiring, 'edit');
  // What it shows: the output and the artifact of the attempt that succeeded.
  expect(first.shown).toEqual([
    {
      stage: 'draft',
      generation: 1,
      outputDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      artifacts: [
        { artifactId: expect.any(String), name: 'draft.txt', digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
      more: 0,
    },
  ]);
  expect((await gateOf(expiring, 'edit'))!.shownDigest).toBe(first.shownDigest);

  await waitFor(async () => (await on.store.run(runId))!.status === 'awaiting_gate', { what: 'the rest to be done' });
  await Promise.all(killed.map((one) => one.kill9()));
  await on.redis.kill9();
  await on.redis.restart();
  expect(await gateOf(runId, 'edit')).toEqual(first);
  expect((await on.store.run(runId))!.status).toBe('awaiting_gate');
  await on.scheduler();
  await on.worker();

  // Before a stage: its handler is told who approved and with which values.
  expect((await decide(first, 'approve', { tone: 'calm' })).kind).toBe('decided');
  const second = await pendingAt(runId, 'cut');
  expect(second.shown.map(({ stage, artifacts }) => [stage, artifacts.map(({ name }) => name)])).toEqual([
    ['edit', []],
    ['cut', ['cut.txt']],
  ]);
  const edit = (await on.store.run(runId))!.stages.find(({ stage }) => stage === 'edit')!;
  expect(edit.output).toEqual({ by: 'bob', notes: 'seen', values: { tone: 'calm' } });
  // On a result: rejected, it is made anew, and its handler is told what was said.
  expect((await decide(second, 'reject')).kind).toBe('decided');
  expect((await on.store.run(runId))!.pause).toMatchObject({ cause: { gate: second.gateId } });
  await on.store.resumeRun({ runId, by: 'bob', reason: null });
  const again = await pendingAt(runId, 'cut');
  expect(again.previous).toBe(second.gateId);
  await decide(again, 'approve');
  await pendingAt(runId, 'sign');
  const cut = async () => (await on.store.run(runId))!.stages.find(({ stage }) => stage === 'cut')!;
  expect(await cut()).toMatchObject({ generation: 2, output: { cut: true, told: 'seen' } });
  // Run again: what shows the same stays approved, and what does not is asked anew.
  await on.store.rerunStage({
    runId,
    stage: 'edit' as StageName,
    downstream: true,
    gate: null,
    ifSeq: null,
    by: 'bob',
    reason: null,
    idempotency: null,
  });
  const third = await waitFor(
    async () => {
      const gate = await gateOf(runId, 'cut');
      return gate?.generation === 3 ? gate : null;
    },
    { what: 'a gate at the third cut', timeoutMs: 15_000 },
  );
  const kept = (await on.eventsOf(runId)).find(({ type, stage }) => type === 'gate.passed' && stage === 'edit')!;
  expect(kept.data).toEqual({ reason: `it shows what was approved at ${first.gateId}` });
  expect((await on.store.run(runId))!.stages.find(({ stage }) => stage === 'edit')).toMatchObject({
    generation: 2,
    output: { by: 'bob', values: { tone: 'calm' } },
  });
  await decide(third, 'approve');
  const sign = await waitFor(
    async () => {
      const gate = await gateOf(runId, 'sign');
      return gate?.generation === 2 && gate.status === 'pending' ? gate : null;
    },
    { what: 'the second gate at sign', timeoutMs: 15_000 },
  );
  await decide(sign, 'approve', { signed: true });
  await on.untilEvent(runId, 'run.succeeded');
  const run = (await on.store.run(runId))!;
  const outputOf = (name: string) => run.stages.find(({ stage }) => stage === name)!.output;
  expect(outputOf('sign')).toEqual({ signed: true });
  const told = (await on.eventsOf(runId)).filter(({ type }) => type === 'gate.passed');
  expect(told.map(({ stage, data }) => [stage, data['reason']])).toEqual([
    ['never', 'it is not required'],
    ['small', 'when: outputs.draft.words > 100'],
    ['edit', kept.data['reason']],
  ]);
  expect((await gateOf(runId, 'auto'))!.decision).toMatchObject({
    via: 'auto',
    notes: 'auto: outputs.draft.words * 2 > 10 ? true : ask',
  });

  // The other one's deadline.
  await on.store.cancelRun({ runId: expiring, reason: null, by: null, graceMs: null });
  expect((await gateOf(expiring, 'edit'))!.status).toBe('closed');
  await on.untilAllEnded();
  await expectSound(on);
  await expectAtRest(on);
});

test('an expression that cannot be evaluated fails its stage at once; a deadline fires without anybody', async () => {
  on = await deploy([BROKEN_GATE, LATE_GATE]);
  await on.scheduler();
  await on.worker();
  const [broken, late] = [await on.start('broken', {}), await on.start('late', {})];
  const failed = await on.untilEvent(broken, 'run.failed');
  expect(failed.data['error']).toMatchObject({
    code: 'gate_expression_failed',
    message: '"when" of the gate could not be evaluated: No such key: words; it is outputs.a.words > 1',
  });
  expect((await on.eventsOf(broken)).filter(({ type }) => type === 'stage.started')).toHaveLength(2);
  expect((await on.untilEvent(late, 'run.failed')).data['error']).toMatchObject({ code: 'gate_expired' });
  expect((await on.eventsOf(late)).map(({ type }) => type)).toContain('gate.reminded');
  await expectAtRest(on);
});
