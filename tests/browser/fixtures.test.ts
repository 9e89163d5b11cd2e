import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deployment, startDeployment } from './deployment.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.stop());

test('every fixture loads', async () => {
  const health = await deployment.call<{ problems?: readonly unknown[] }>('GET', '/api/v1/health');
  expect(health.problems ?? []).toEqual([]);
  const { items } = await deployment.call<{ items: readonly { name: string }[] }>('GET', '/api/v1/pipelines');
  expect(items.map(({ name }) => name).sort()).toEqual([
    'chatty',
    'failing',
    'flaky',
    'gated',
    'hostile',
    'params',
    'scheduled',
    'slow',
    'steady',
    'wide',
  ]);
});

test.each([
  ['steady', null, {}],
  ['flaky', null, {}],
  ['failing', 'load', {}],
  ['hostile', 'fail', {}],
  ['wide', null, {}],
  ['chatty', null, { lines: 5_000 }],
  ['params', null, { title: 'Weekly', day: '2026-01-05', address: { city: 'Oslo' } }],
])('%s: the stage that fails is %s', async (pipeline, failing, params) => {
  const run = await deployment.untilRun(
    await deployment.start(pipeline, params),
    failing === null ? 'succeeded' : 'failed',
  );
  expect(run.error?.stage ?? null).toBe(failing);
});

test('gated asks for a decision', async () => {
  await deployment.untilRun(await deployment.start('gated'), 'awaiting_gate');
});

test('slow ends on request', async () => {
  const runId = await deployment.start('slow');
  await deployment.untilRun(runId, 'running');
  deployment.letSlowEnd();
  await deployment.untilRun(runId, 'succeeded');
});

test('steady leaves an artifact of each kind, and the report can be read', async () => {
  const runId = await deployment.start('steady');
  await deployment.untilRun(runId, 'succeeded');
  const { items } = await deployment.call<{ items: readonly { name: string; content_type: string }[] }>(
    'GET',
    `/api/v1/runs/${runId}/artifacts`,
  );
  expect(items.map(({ name }) => name)).toEqual([
    'raw/temperatures.csv',
    'analysis.json',
    'notes.txt',
    'report.html',
    'chart.png',
  ]);
});
