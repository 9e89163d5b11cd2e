/** Retries of ended runs through the API: the plan first, then a new run that does what the plan says. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunId } from '@millrace/core/domain';
import { wireRetryPlan, wireStartedRun } from '@millrace/core/wire';
import { beforeEach, expect, inject, test } from 'vitest';
import { type Answered, CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let deployed: DeployedApi;
let worker: Awaited<ReturnType<DeployedApi['worker']>>;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  worker = await deployed.worker();
  return () => deployed.end();
});

/** A run whose first stage has an artifact and an output, and whose second one failed. */
const failedRun = async (body: unknown = {}): Promise<RunId> => {
  const { json } = await deployed.post('/api/v1/pipelines/chain/runs', body);
  const runId = json.run_id as RunId;
  const first = await worker.claim();
  const stored = await deployed.putArtifact(runId, 'three files');
  const data = { id: 'translator.1.1.0', name: 'files.txt', ...stored, content_type: 'text/plain' };
  await worker.report(first, [{ type: 'stage.artifact', data }]);
  await worker.succeed(first, { files: 3 });
  await worker.fail(await worker.claim());
  return runId;
};
const retry = (runId: string, body: unknown = {}, headers = {}) =>
  deployed.post(`/api/v1/runs/${runId}/retry`, body, headers);
const runOf = async (runId: string): Promise<Answered> => (await deployed.get(`/api/v1/runs/${runId}`)).json;
const inShort = ({ stages }: Answered): string[] =>
  stages.map((one: Answered) => `${one.stage} ${one.action ?? `${one.status} ${one.provenance}`}`);
const count = async (): Promise<number> => (await deployed.get('/api/v1/runs')).json.items.length;

test('a retry does what its plan says, and both runs know each other', async () => {
  const runId = await failedRun({ params: { rows: 3 }, labels: { team: 'quant' } });
  const planned = await retry(runId, { dry_run: true });
  expect(planned.status).toBe(200);
  const plan = wireRetryPlan.strict().parse(planned.json);
  expect(plan).toMatchObject({ retry_of: runId, pipeline: 'chain', params: { source: 'sp500', rows: 3 } });
  expect(inShort(plan)).toEqual(['translator reuse', 'analyzer run', 'merger run']);
  expect(plan.stages.map(({ because }) => because)).toEqual([
    'it succeeded',
    'it ended failed',
    'it ended upstream_failed',
  ]);
  expect(await count()).toBe(1);

  const key = { 'Idempotency-Key': 'once' };
  const asked = { plan_hash: plan.plan_hash, reason: 'fixed' };
  const started = await retry(runId, asked, key);
  expect(started.status).toBe(201);
  const run = wireStartedRun.strict().parse(started.json);
  expect(run).toMatchObject({
    retry_of: runId,
    retries: [],
    reason: 'fixed',
    labels: { team: 'quant' },
    trigger: { kind: 'retry', by: 'admin' },
    stage_counts: { total: 3, ended: 1, running: 0 },
  });
  expect(inShort(run)).toEqual(['translator succeeded reused', 'analyzer queued ran', 'merger pending ran']);
  expect(run.stages[0]).toMatchObject({
    output: { files: 3 },
    attempt: 0,
    reused_from: { run_id: runId, generation: 1, other_params: false },
  });
  expect((await retry(runId, asked, key)).json).toMatchObject({ run_id: run.run_id });
  expect((await retry(runId, { ...asked, reason: 'other' }, key)).json.code).toBe('idempotency_mismatch');
  expect((await runOf(runId)).retries).toEqual([run.run_id]);
  expect((await deployed.get('/api/v1/audit?limit=50')).json.items).toContainEqual(
    expect.objectContaining({
      what: 'POST /api/v1/runs/{run_id}/retry',
      target: { run_id: runId },
      reason: 'fixed',
      outcome: expect.objectContaining({ status: 201 }),
    }),
  );

  const analyzer = await worker.claim();
  expect(analyzer.inputs).toEqual({ translator: { files: 3 } });
  await worker.succeed(analyzer);
  await worker.run(1);
  expect(await runOf(run.run_id)).toMatchObject({ status: 'succeeded', retry_of: runId });
  expect(await runOf(runId)).toMatchObject({ status: 'failed', retries: [run.run_id] });
  expect((await deployed.get('/api/v1/runs?trigger=retry')).json.items).toMatchObject([{ run_id: run.run_id }]);
});

test('is refused when something moved since the plan, and then changes nothing', async () => {
  const runId = await failedRun();
  const plan = (await retry(runId, { definition: 'current', dry_run: true })).json;
  expect((await retry(runId, { plan_hash: plan.plan_hash, failed_only: false })).json).toMatchObject({
    status: 409,
    code: 'plan_changed',
  });
  await deployed.register(CHAIN.replace('c.mjs', 'd.mjs').replace('a.mjs', 'aa.mjs'));
  const moved = await retry(runId, { definition: 'current', plan_hash: plan.plan_hash });
  expect(moved.json).toMatchObject({ status: 409, code: 'plan_changed' });
  expect(await count()).toBe(1);
  const now = (await retry(runId, { definition: 'current', dry_run: true })).json;
  expect(now.plan_hash).toBe(moved.json.plan_hash);
  expect(inShort(now)).toEqual(['translator run', 'analyzer run', 'merger run']);
  expect(now.stages[0].because).toBe('its definition changed');
  expect(inShort((await retry(runId, { dry_run: true })).json)[0]).toBe('translator reuse');
  expect((await retry(runId, { definition: 'current', plan_hash: now.plan_hash })).status).toBe(201);
  expect((await runOf(runId)).retries).toHaveLength(1);
});

test('says why it cannot be', async () => {
  const runId = await failedRun();
  const refused = async (id: string, body: unknown, code: string, status: number) => {
    const { json } = await retry(id, body);
    expect([json.status, json.code], JSON.stringify(body)).toEqual([status, code]);
    return json;
  };
  await refused('01999999-9999-7999-8999-999999999999', {}, 'unknown_run', 404);
  await refused('nonsense', {}, 'unknown_run', 404);
  await refused(runId, { from: 'nobody' }, 'unknown_stage', 404);
  await refused(runId, { downstream: false }, 'invalid_request', 422);
  await refused(runId, { params: { rows: 'many' } }, 'invalid_params', 422);
  await refused(runId, { gates: 'keep' }, 'invalid_request', 422);
  expect(await refused(runId, { from: 'merger' }, 'cannot_reuse', 409)).toMatchObject({ stage: 'analyzer' });
  const live = (await retry(runId, { failed_only: false })).json.run_id as string;
  expect((await refused(live, {}, 'run_is_live', 409)).detail).toContain('then retry it');
  await refused(runId, {}, 'overlap', 409);
  await worker.run(3);
  await refused(live, {}, 'nothing_to_retry', 409);
  expect(await count()).toBe(2);
  await deployed.store.pruneRuns({ count: 0, ageMs: 0 }, 10);
  await refused(runId, {}, 'unknown_run', 404);
});

test('changed params reuse nothing, unless the retry begins at a stage: then it says so', async () => {
  const runId = await failedRun({ params: { rows: 3 } });
  const same = (await retry(runId, { params: { rows: 3 }, dry_run: true })).json;
  expect(inShort(same)[0]).toBe('translator reuse');
  const plan = (await retry(runId, { params: { rows: 4 }, dry_run: true })).json;
  expect(inShort(plan)).toEqual(['translator run', 'analyzer run', 'merger run']);
  expect(plan.params).toEqual({ source: 'sp500', rows: 4 });
  const from = (await retry(runId, { params: { rows: 4 }, from: 'analyzer' })).json;
  expect(from.stages[0].reused_from).toEqual({ run_id: runId, generation: 1, other_params: true });
  await worker.run(2);
  const again = (await retry(from.run_id, { from: 'merger' })).json;
  expect(
    again.stages.map(({ reused_from: origin }: Answered) => origin && [origin.run_id, origin.other_params]),
  ).toEqual([[runId, true], [from.run_id, false], null]);
});

test('the artifacts of reused stages are those of the new run too, also without the old one', async () => {
  const runId = await failedRun();
  const { run_id: again } = (await retry(runId)).json;
  await worker.fail(await worker.claim());
  const third = (await retry(again)).json.run_id as RunId;
  const { deployment } = await deployed.store.artifactUse(third);
  await deployed.store.pruneRuns({ count: 1, ageMs: 1e9 }, 10);
  for (const gone of [runId, again]) await deployed.artifacts.remove({ deployment, runId: gone });
  const { items } = (await deployed.get(`/api/v1/runs/${third}/artifacts`)).json;
  expect(items).toMatchObject([{ stage: 'translator', name: 'files.txt', reused_from: runId }]);
  const content = await deployed.get(`/api/v1/runs/${third}/artifacts/${items[0].artifact_id}/content`);
  expect([content.status, content.text]).toEqual([200, 'three files']);
  const exported = await deployed.get(`/api/v1/runs/${third}/export`);
  expect(exported.text).toContain('artifacts/translator/files.txt');
});

test('a stage whose artifact is gone is named, and no file stays behind', async () => {
  const runId = await failedRun();
  const { deployment } = await deployed.store.artifactUse(runId);
  await deployed.artifacts.remove({ deployment, runId });
  expect((await retry(runId)).json).toMatchObject({ status: 409, code: 'cannot_reuse', stage: 'translator' });
  expect(readdirSync(join(deployed.deps.config.dataDir, 'artifacts', 'runs', deployment))).toEqual([]);
  expect((await retry(runId, { failed_only: false })).status).toBe(201);
});
