import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isolatedPrefix, waitFor } from '@millrace/core/testing';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { CHAIN, TOKEN } from './deployed-api.ts';

const MAIN = fileURLToPath(new URL('../../../apps/api/src/main.ts', import.meta.url));

let folder: string;
let prefix: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-api-'));
  prefix = isolatedPrefix('api');
  writeFileSync(join(folder, 'chain.pipeline.yaml'), CHAIN);
  writeFileSync(
    join(folder, 'broken.pipeline.yaml'),
    'name: broken\nstages:\n  a: { depends_on: [a], run: { command: [x] } }\n',
  );
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The API as deployed: a separate process. */
const apiProcess = async (env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', MAIN], {
    env: {
      ...process.env,
      REDIS_URL: inject('redisUrl'),
      MILLRACE_PREFIX: prefix,
      MILLRACE_PORT: '0',
      MILLRACE_ADMIN_TOKEN: TOKEN,
      MILLRACE_PIPELINES: folder,
      MILLRACE_DATA_DIR: join(folder, 'data'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const urlIn = () => /"url":"(http:[^"]+)"/.exec(said)?.[1];
  await waitFor(() => urlIn() !== undefined || child.exitCode !== null, { timeoutMs: 30_000, what: 'the API process' });
  const call = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${urlIn()}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    });
    return {
      status: response.status,
      headers: response.headers,
      json: (await response.json()) as { run_id: string; status: string; concerns: string[] },
    };
  };
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  };
  return { child, call, end, said: () => said };
};

test('a start that was answered survives kill -9 of the API, and its key still answers with that run', async () => {
  const first = await apiProcess();
  const started = await first.call('POST', '/api/v1/pipelines/chain/runs', { 'Idempotency-Key': 'once' });
  expect(started.status).toBe(201);
  await first.end('SIGKILL');

  const second = await apiProcess();
  expect(started.json).toMatchObject((await second.call('GET', `/api/v1/runs/${started.json.run_id}`)).json);
  const again = await second.call('POST', '/api/v1/pipelines/chain/runs', { 'Idempotency-Key': 'once' });
  expect([again.status, again.headers.get('idempotency-replayed'), again.json.run_id]).toEqual([
    200,
    'true',
    started.json.run_id,
  ]);
});

test('a pipeline file that is wrong is logged with its place and shown in health; SIGTERM ends the process well; the token is in no log', async () => {
  const api = await apiProcess({
    LOG_LEVEL: 'trace',
    MILLRACE_KEEP_ALIVE_MS: '33000',
    MILLRACE_REQUESTS_PER_MINUTE: '77',
  });
  const where = /broken\.pipeline\.yaml:3:\d+/;
  expect(api.said()).toMatch(where);
  const health = await api.call('GET', '/api/v1/health');
  expect(health.json.concerns.join('\n')).toMatch(where);
  expect([health.headers.get('keep-alive'), health.headers.get('ratelimit-policy')]).toEqual([
    'timeout=33',
    expect.stringMatching(/77/),
  ]);
  expect(await api.end('SIGTERM')).toBe(0);
  expect(api.said()).toContain('/api/v1/health');
  expect(api.said()).not.toContain(TOKEN);
});

test.each([
  [
    'an address that others can reach, with a weak token',
    { MILLRACE_HOST: '0.0.0.0', MILLRACE_ADMIN_TOKEN: 'admin' },
    /MILLRACE_ADMIN_TOKEN is weak/,
  ],
  ['a Redis that has no such database', { REDIS_URL: 'redis://127.0.0.1:PORT/99' }, /does not have this database/],
  ['a port that is no number', { MILLRACE_PORT: 'http' }, /MILLRACE_PORT must be a whole number/],
])('it does not start with %s, and says why', async (_what, env, says) => {
  const { REDIS_URL: url = '' } = env as Readonly<Record<string, string>>;
  const api = await apiProcess({
    ...env,
    ...(url === '' ? {} : { REDIS_URL: url.replace('PORT', new URL(inject('redisUrl')).port) }),
  });
  await waitFor(() => api.child.exitCode !== null, { what: 'its end' });
  expect([api.child.exitCode, api.said()]).toEqual([1, expect.stringMatching(says)]);
  expect(api.said()).not.toMatch(/ at .*\.ts:/);
});

test('nor on a port that is taken: it reports that and exits, and the owner of the port is unaffected', async () => {
  const first = await apiProcess();
  const port = /"url":"http:[^"]+:(\d+)"/.exec(first.said())![1]!;
  const second = await apiProcess({ MILLRACE_PORT: port });
  await waitFor(() => second.child.exitCode !== null, { what: 'its end' });
  expect([second.child.exitCode, second.said()]).toEqual([
    1,
    expect.stringMatching(/cannot listen on 127\.0\.0\.1:\d+: another process listens there/),
  ]);
  expect((await first.call('GET', '/healthz')).json.status).toBe('ok');
});
