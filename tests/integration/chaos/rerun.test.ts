import type { StageName } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { wideBehind } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

test('all that worked on a wide rerun is killed in the middle: nothing starts on an old output, and all run again', async () => {
  const width = 150;
  on = await deploy([wideBehind(width)]);
  const worker = await on.worker();
  const runId = await on.start('wide', { ms: 1 });
  const run = async () => (await on.store.run(runId))!;
  await waitFor(async () => (await run()).stages.filter(({ status }) => status === 'succeeded').length > width / 2, {
    what: 'half of it to be done',
  });
  // Whoever asks for it dies before it goes on with what the first script left; there is no scheduler yet.
  const answer = await on.store.rerunStage({
    runId,
    stage: 'first' as StageName,
    downstream: true,
    gate: null,
    ifSeq: null,
    by: 'rae',
    reason: null,
    idempotency: null,
  });
  expect(answer).toEqual({ kind: 'reopened', more: [runId] });
  expect((await run()).pause).toMatchObject({ scope: 'rerun', by: 'rae' });
  await waitFor(() => on.witnesses().some(({ stage, what }) => stage === 'long' && what === 'aborted'), {
    what: 'the dependant that runs to be stopped',
  });
  expect(on.witnesses().find(({ what }) => what === 'aborted')).toMatchObject({ reason: 'fenced' });
  await worker.kill9();
  const scheduler = await on.scheduler();
  await scheduler.kill9();
  const log = await on.eventsOf(runId);
  const from = log.findIndex(({ type }) => type === 'stage.reopened');
  expect(log.slice(from).filter(({ type, generation }) => type === 'stage.started' && generation === 1)).toEqual([]);
  await on.scheduler();
  await on.worker();
  on.letGo();
  await on.untilAllEnded();
  const { status, stages } = await run();
  expect(status).toBe('succeeded');
  expect(stages.filter(({ attempts }) => attempts.at(-1)!.generation === 1 && attempts.length > 1)).toEqual([]);
  const again = stages.filter(({ generation }) => generation === 2).map(({ stage }) => stage as string);
  expect(again).toContain('long');
  expect(again.length).toBeGreaterThan(width / 2);
  await expectSound(on);
  await expectAtRest(on);
});
