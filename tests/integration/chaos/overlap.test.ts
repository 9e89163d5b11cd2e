import { Queue } from 'bullmq';
import { dataOf } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { EXCLUSIVE } from './bodies.ts';
import { type Deployment, deploy, TOKEN } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

const requestStart = async (
  url: string,
): Promise<{ readonly status: number; readonly body: { readonly run_id?: string; readonly live_run_id?: string } }> => {
  const response = await fetch(`${url}/api/v1/pipelines/exclusive/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: '{}',
  });
  return { status: response.status, body: (await response.json()) as { run_id?: string; live_run_id?: string } };
};

test('S5 starts from several APIs while the worker of the live run sleeps: never two live runs', async () => {
  on = await deploy([EXCLUSIVE]);
  await on.scheduler();
  const apis = await Promise.all([on.api(), on.api(), on.api()]);
  const worker = await on.worker();
  const storm = () => Promise.all(Array.from({ length: 24 }, (_, n) => requestStart(apis[n % apis.length]!.url)));

  const first = await storm();
  const accepted = first.filter(({ status }) => status === 201);
  expect(accepted).toHaveLength(1);
  const holder = accepted[0]!.body.run_id!;
  expect(first.filter(({ status }) => status !== 201).map(({ status }) => status)).toEqual(Array(23).fill(409));
  await on.untilWitness(({ what }) => what === 'began', 'the body');

  worker.pause();
  await on.untilEvent(holder as never, 'stage.rescued');
  const second = await storm();
  expect(second.map(({ status }) => status)).toEqual(Array(24).fill(409));
  expect(new Set(second.map(({ body }) => body.live_run_id))).toEqual(new Set([holder]));
  worker.resume();
  on.letGo();
  await on.untilEvent(holder as never, 'run.succeeded');

  // The lock is free, and each round of the storm lets in one more.
  for (let round = 0; round < 3; round++) {
    const answers = await storm();
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1);
    await on.untilAllEnded();
  }
  await expectSound(on);
  await expectAtRest(on);
}, 90_000);

test('a Redlock that its run left behind is taken over by rule, and that is recorded', async () => {
  on = await deploy([EXCLUSIVE]);
  await on.scheduler();
  await on.worker();
  on.letGo();
  const closing = new Queue('runs', { connection: on.connection, prefix: on.keys.queuePrefix });
  // Nobody does the closing work of the run: its lock stays.
  await closing.pause();
  const stale = await on.start('exclusive');
  await on.untilEvent(stale, 'run.succeeded');
  expect(await on.connection.get(`${on.keys.root}/lock/exclusive`)).toBe(stale);
  const next = await on.start('exclusive');
  const takeover = await on.untilEvent(next, 'run.lock_taken_over');
  expect(dataOf(takeover, 'run.lock_taken_over')).toEqual({ from: stale });
  expect((await on.store.counters())['lock_taken_over']).toBe(1);
  await on.untilEvent(next, 'run.succeeded');
  await closing.resume();
  await closing.close();
  await waitFor(async () => (await on.connection.get(`${on.keys.root}/lock/exclusive`)) === null, {
    what: 'the closing work to release the lock',
  });
  await expectSound(on);
  await expectAtRest(on);
}, 60_000);
