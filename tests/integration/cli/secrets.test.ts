/** Whatever commands and other users of the machine may look at, no secret and no file of the deployment is among it. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@millrace/client';
import { connectRedis, requestOptions } from '@millrace/core/redis';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openToOthers, project } from './millrace.ts';

// The pattern does not find itself among the arguments.
const TOKEN = 'k4n4ry-8f1c0a94be6d47aa902c5e3d';
const PASSWORD = 'k4n4ry-77d10b6fa1c24e';
const HUNT = `
name: hunt
stages:
  look:
    run:
      command:
        - sh
        - -c
        - |
          grep --text --files-with-matches '[k]4n4ry' /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null
          env | grep '[k]4n4ry'
          echo "looked into $(cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c ^PATH=) environments" >&2
          echo kept > "$MILLRACE_ARTIFACTS/kept.txt"
`;
const CORE = fileURLToPath(new URL('../../../packages/core/dist/index.js', import.meta.url));
const FUNCTION = `
import { definePipeline } from ${JSON.stringify(CORE)};
const names = ['MILLRACE_ADMIN_TOKEN', 'MILLRACE_ADMIN_TOKEN_FILE', 'MILLRACE_TOKEN', 'REDIS_URL', 'MILLRACE_SECRETS_FD'];
export default definePipeline('inside').stage('look', {
  run: async () => {
    const found = names.filter((name) => process.env[name] !== undefined);
    if (found.length > 0) throw new Error('found ' + found);
  },
});
`;

let here: ReturnType<typeof project>;
let redis: TestRedis;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  here = project({ hunt: HUNT });
  writeFileSync(join(here.dir, 'pipelines', 'inside.pipeline.ts'), FUNCTION);
  redis = await startRedis();
  // Not by its arguments: they are in /proc too.
  const connection = await connectRedis(redis.url, requestOptions);
  await connection.config('SET', 'requirepass', PASSWORD);
  connection.disconnect();
  env = {
    REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:${redis.port}`,
    MILLRACE_LOCK_URLS: `redis://:${PASSWORD}@127.0.0.1:${redis.port}`,
    MILLRACE_ADMIN_TOKEN: TOKEN,
    MILLRACE_DATA_DIR: join(here.dir, 'fresh', 'data'),
  };
}, 60_000);
afterAll(async () => {
  here.remove();
  await redis.stop();
});

/** Neither a command of the deployment, nor a function that runs in its worker. */
const findsNothing = async (url: string): Promise<void> => {
  const api = createClient({ url, token: TOKEN });
  const ended = await Promise.all(
    ['hunt', 'inside'].map(async (pipeline) => {
      const { run_id: runId } = await api.start(pipeline, {});
      for await (const _ of api.followEvents(runId));
      return api.run(runId);
    }),
  );
  expect(ended.map(({ status, error }) => [status, error])).toEqual(ended.map(() => ['succeeded', null]));
  const said = (await api.logs(ended[0]!.run_id)).items.map(({ line }) => line).join('\n');
  expect(said).toMatch(/looked into [1-9]\d* environments/);
  expect(said).not.toContain('/proc/');
  expect(said).not.toContain('k4n4ry');
};

it('up on a fresh machine with its own Redis and token: commands find no secret, the token is not shown, and nothing in the folder is for others', async () => {
  const up = await here.up([], env);
  await findsNothing(/dashboard: (\S+)/.exec(up.err())![1]!);
  up.interrupt();
  const { code, out, err } = await up.ended;
  expect(code).toBe(0);
  expect(out + err).not.toContain('k4n4ry');
  expect(openToOthers(join(here.dir, 'fresh'))).toEqual([]);
  expect(readdirSync(env['MILLRACE_DATA_DIR']!, { recursive: true }).length).toBeGreaterThan(5);
}, 60_000);

it('processes by themselves: commands find no secret either, worker and scheduler have no token, and a folder for all to see is warned of', async () => {
  chmodSync(env['MILLRACE_DATA_DIR']!, 0o755);
  const warned = 'mode 0755: other users of this machine may look into it';
  const fix = `chmod 700 ${env['MILLRACE_DATA_DIR']}`;
  const all = ['api', 'worker', 'scheduler'].map((name) => here.start([name], { ...env, MILLRACE_HOST: '0.0.0.0' }));
  const port = await waitFor(() => /"url":"http:\/\/[^"]+:(\d+)"/.exec(all[0]!.out())?.[1], { timeoutMs: 30_000, what: 'the address' });
  await findsNothing(`http://127.0.0.1:${port}`);
  for (const { child } of all) {
    expect(readFileSync(`/proc/${child.pid}/environ`, 'latin1')).not.toContain('k4n4ry');
    child.kill('SIGTERM');
  }
  for (const { code, out, err } of await Promise.all(all.map(({ ended }) => ended))) {
    expect(code).toBe(0);
    expect(out).toContain(warned);
    expect(out).toContain(fix);
    expect(out + err).not.toContain('k4n4ry');
  }
  const doctor = await here.runWith(env, 'doctor');
  expect(doctor.out).toContain(warned);
  expect(doctor.out).toContain(`fix: ${fix}`);
  expect(doctor.out + doctor.err).not.toContain('k4n4ry');
}, 60_000);
