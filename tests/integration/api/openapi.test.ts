import { beforeAll, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let deployed: DeployedApi;
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'), { failuresPerMinute: 10_000 });
  await deployed.register(CHAIN);
  return () => deployed.end();
});

interface Operation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly responses: Readonly<Record<string, unknown>>;
}

test('openapi.json lists exactly what is served', async () => {
  const document = (await deployed.get('/openapi.json', { token: null })).json as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };
  expect(document.openapi).toBe('3.1.0');
  const operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })),
  );
  expect(operations.map(({ verb, path }) => `${verb} ${path}`)).toMatchInlineSnapshot(`
    [
      "get /api/v1/pipelines",
      "get /api/v1/pipelines/{pipeline}",
      "delete /api/v1/pipelines/{pipeline}",
      "get /api/v1/pipelines/{pipeline}/graph",
      "post /api/v1/pipelines/{pipeline}/runs",
      "get /api/v1/runs",
      "get /api/v1/runs/{run_id}",
      "get /api/v1/runs/{run_id}/stages",
      "post /api/v1/runs/{run_id}/cancel",
      "post /api/v1/runs/{run_id}/pause",
      "post /api/v1/runs/{run_id}/resume",
      "post /api/v1/pipelines/{pipeline}/pause",
      "post /api/v1/pipelines/{pipeline}/resume",
      "post /api/v1/pause",
      "post /api/v1/resume",
      "post /api/v1/runs/{run_id}/stages/{stage}/rerun",
      "post /api/v1/runs/{run_id}/retry",
      "get /api/v1/gates",
      "get /api/v1/gates/{gate_id}",
      "post /api/v1/gates/{gate_id}/approve",
      "post /api/v1/gates/{gate_id}/reject",
      "post /api/v1/gates/{gate_id}/withdraw",
      "post /api/v1/runs/{run_id}/gates/{stage}/approve",
      "post /api/v1/runs/{run_id}/gates/{stage}/reject",
      "post /api/v1/gates/decisions",
      "get /api/v1/runs/{run_id}/explain",
      "get /api/v1/runs/{run_id}/events",
      "get /api/v1/runs/{run_id}/events/stream",
      "get /api/v1/runs/{run_id}/logs",
      "get /api/v1/runs/{run_id}/logs/stream",
      "get /api/v1/runs/{run_id}/logs/download",
      "get /api/v1/runs/{run_id}/artifacts",
      "get /api/v1/runs/{run_id}/artifacts/{artifact_id}/content",
      "get /api/v1/runs/{run_id}/export",
      "get /api/v1/schedules",
      "post /api/v1/schedules",
      "get /api/v1/schedules/preview",
      "get /api/v1/schedules/{schedule_id}",
      "put /api/v1/schedules/{schedule_id}",
      "patch /api/v1/schedules/{schedule_id}",
      "delete /api/v1/schedules/{schedule_id}",
      "get /api/v1/schedules/{schedule_id}/next",
      "get /api/v1/schedules/{schedule_id}/ticks",
      "post /api/v1/schedules/{schedule_id}/pause",
      "post /api/v1/schedules/{schedule_id}/resume",
      "post /api/v1/schedules/{schedule_id}/trigger",
      "get /api/v1/workers",
      "get /api/v1/queues",
      "get /api/v1/locks",
      "get /api/v1/health",
      "get /api/v1/tokens",
      "post /api/v1/tokens",
      "delete /api/v1/tokens/{name}",
      "get /api/v1/audit",
      "get /api/v1/audit/verify",
      "get /api/v1/session",
      "post /api/v1/session",
      "delete /api/v1/session",
      "post /api/pipeline/start",
      "get /api/pipeline/status",
      "get /api/pipeline/snapshot",
      "post /api/pipeline/stop",
      "post /api/pipeline/stage/{stage}",
      "post /api/pipeline/reset",
      "get /api/schedule",
      "post /api/schedule",
      "get /healthz",
      "get /api/v1/healthz",
      "get /readyz",
      "get /metrics",
      "get /openapi.json",
      "get /api/v1/openapi.json",
      "get /docs",
      "get /api/v1/docs",
    ]
  `);
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);

  for (const { path, verb, operation } of operations) {
    // Every listed operation is there: open ones answer, the others ask for a token before anything else.
    const answer = await deployed.call(verb.toUpperCase(), path.replace(/\{\w+\}/g, 'x'), { token: null });
    if (operation.security.length > 0) expect([path, answer.status]).toEqual([path, 401]);
    // Signing in without a token reports the missing field.
    else expect([path, answer.status]).toEqual([path, verb === 'post' ? 422 : verb === 'delete' ? 204 : 200]);
    // And what is not listed is refused: another verb on the same path, a path below it.
    const other = verb === 'get' ? 'post' : 'get';
    // As a GET, the batch of decisions is a gate that there is not.
    if (!document.paths[path]![other] && path !== '/api/v1/gates/decisions')
      expect((await deployed.call(other.toUpperCase(), path.replace(/\{\w+\}/g, 'x'))).status).toBe(405);
    expect((await deployed.get(`${path.replace(/\{\w+\}/g, 'x')}/nothing/there`)).json.code).toBe('unknown_route');
  }
});

test('responses match the document', async () => {
  const { components, paths } = (await deployed.get('/openapi.json')).json;
  expect(Object.keys(components.schemas).sort()).toEqual(
    expect.arrayContaining([
      'Artifact',
      'Event',
      'Health',
      'Pipeline',
      'Problem',
      'Queue',
      'Run',
      'StageRun',
      'Worker',
    ]),
  );
  const run = components.schemas.StartedRun;
  const started = (await deployed.post('/api/v1/pipelines/chain/runs')).json;
  expect(Object.keys(started).sort()).toEqual(Object.keys(run.properties).sort());
  expect(run.required.sort()).toEqual(Object.keys(run.properties).sort());
  expect(Object.keys(paths['/api/v1/pipelines/{pipeline}/runs'].post.responses)).toEqual([
    '200',
    '201',
    '202',
    'default',
  ]);
  const types = (path: string): readonly string[] => Object.keys(paths[path].get.responses['200'].content);
  for (const format of ['json', 'mermaid', 'dot']) {
    const { headers } = await deployed.get(`/api/v1/pipelines/chain/graph?format=${format}`);
    expect(types('/api/v1/pipelines/{pipeline}/graph')).toContain(headers.get('content-type')!.split(';')[0]);
  }
  for (const format of ['text', 'ndjson']) {
    const { headers } = await deployed.get(`/api/v1/runs/${started.run_id}/logs/download?format=${format}`);
    expect(types('/api/v1/runs/{run_id}/logs/download')).toContain(headers.get('content-type')!.split(';')[0]);
  }
});
