/**
 * Whatever commands and other users of the machine may look at, no secret and no file of the deployment is among it.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@millrace/client';
import { askRedis, binaryOnPath, freePort } from '@millrace/core/embedded';
import { connectRedis, requestOptions } from '@millrace/core/redis';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openToOthers, project } from './millrace.ts';

// The pattern does not find itself among the arguments.
const TOKEN = 'k4n4ry-8f1c0a94be6d47aa902c5e3d';
const PASSWORD = 'k4n4ry-77d10b6fa1c24e';
const FORBIDDEN = /k4n4ry|Debugger listening|[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
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
const MAIN = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));
const ENTRYPOINT = fileURLToPath(new URL('../../../docker/entrypoint.sh', import.meta.url));
const COMPOSE = fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url));
const CORE = fileURLToPath(new URL('../../../packages/core/dist/index.js', import.meta.url));
const FUNCTION = `
import { definePipeline } from ${JSON.stringify(CORE)};
import { ownEnvironment } from ${JSON.stringify(CORE.replace('/index.js', '/secrets/index.js'))};
const names = ['MILLRACE_ADMIN_TOKEN', 'MILLRACE_ADMIN_TOKEN_FILE', 'MILLRACE_TOKEN', 'REDIS_URL', 'MILLRACE_SECRETS_FD'];
export default definePipeline('inside').stage('look', {
  run: async () => {
    const found = [...names.filter((name) => process.env[name] !== undefined), ...names.slice(0, 3).filter((name) => ownEnvironment()[name] !== undefined)];
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
  // What a terminal would obey, in every log and on the terminal.
  writeFileSync(join(here.dir, 'pipelines', 'wrong\x1b]0;t\x07\x9b2J\u202e.pipeline.yaml'), 'name: [');
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

const script = (name: string, text: string): void => {
  mkdirSync(join(here.dir, 'bin'), { recursive: true });
  writeFileSync(join(here.dir, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
};

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
  await saysNothing(url);
};

/** The newest run of `hunt`. */
const saysNothing = async (url: string): Promise<void> => {
  const api = createClient({ url, token: TOKEN });
  const [run] = (await api.runs({ pipeline: 'hunt', limit: 1 })).items;
  const said = (await api.logs(run!.run_id)).items.map(({ line }) => line).join('\n');
  expect(said).toMatch(/looked into [1-9]\d* environments/);
  expect(said).not.toContain('/proc/');
  expect(said).not.toContain('k4n4ry');
};

it('up on a fresh machine with its own Redis and token: commands find no secret, the token is not shown, and nothing in the folder is for others', async () => {
  const up = await here.up([], env);
  const [, url = ''] = /dashboard: (\S+)/.exec(up.err())!;
  await findsNothing(url);
  // Nor the token of who waits for a run, though it was an argument.
  expect((await here.run('run', 'hunt', '--wait', '--url', url, '--token', TOKEN)).code).toBe(0);
  await saysNothing(url);
  up.interrupt();
  const { code, out, err } = await up.ended;
  expect(code).toBe(0);
  expect(out + err).not.toMatch(FORBIDDEN);
  expect(err).toContain('wrong');
  expect(err).not.toContain('warning:');
  expect(openToOthers(join(here.dir, 'fresh'))).toEqual([]);
  expect(readdirSync(env['MILLRACE_DATA_DIR']!, { recursive: true }).length).toBeGreaterThan(5);
}, 60_000);

it('processes by themselves: commands find no secret either, worker and scheduler have no token, and a folder for all to see is warned of', async () => {
  mkdirSync(env['MILLRACE_DATA_DIR']!, { recursive: true });
  chmodSync(env['MILLRACE_DATA_DIR']!, 0o755);
  const warned = 'mode 0755: other users of this machine may look into it';
  const fix = `chmod 700 ${env['MILLRACE_DATA_DIR']}`;
  // The API as the image starts it: under an init that stays.
  script('tini', 'shift; "$@" & trap "kill -TERM $!" TERM; wait $!; wait $!');
  const own = { ...env, MILLRACE_HOST: '0.0.0.0' };
  const api = here.startBy([ENTRYPOINT, 'api'], { ...own, PATH: `${here.dir}/bin:${process.env['PATH']}` });
  const all = [api, ...['worker', 'scheduler'].map((name) => here.start([name], own))];
  const port = await waitFor(() => /"url":"http:\/\/[^"]+:(\d+)"/.exec(api.out())?.[1], {
    timeoutMs: 30_000,
    what: 'the address',
  });
  await findsNothing(`http://127.0.0.1:${port}`);
  for (const { child } of all.slice(1)) child.kill('SIGUSR1');
  expect(readFileSync(`/proc/${api.child.pid}/cmdline`, 'latin1')).toContain('tini');
  for (const { child } of all) {
    expect(readFileSync(`/proc/${child.pid}/environ`, 'latin1')).not.toContain('k4n4ry');
    child.kill('SIGTERM');
  }
  for (const { code, out, err } of await Promise.all(all.map(({ ended }) => ended))) {
    expect(code).toBe(0);
    expect(out).toContain(warned);
    expect(out).toContain(fix);
    expect(out).not.toContain('can read');
    expect(out + err).not.toMatch(FORBIDDEN);
  }
  const doctor = await here.runWith(env, 'doctor');
  expect(doctor.out).toContain(warned);
  expect(doctor.out).toContain(`fix: ${fix}`);
  expect(doctor.out).toContain('wrong');
  expect(doctor.out + doctor.err).not.toMatch(FORBIDDEN);
}, 60_000);

it('who started it and keeps the secrets in its environment is named, by up and by a process by itself', async () => {
  for (const name of ['up', 'scheduler']) {
    const shell = here.startBy(['sh', '-c', '"$@"; exit $?', 'keeper', process.execPath, MAIN, name], {
      ...env,
      REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:1`,
    });
    const said = () => shell.out() + shell.err();
    await waitFor(() => said().includes('waiting for it'), { timeoutMs: 30_000, what: `"${name}" to wait` });
    expect(said()).toMatch(
      new RegExp(
        `process ${shell.child.pid} \\(sh\\), which started this one, exposes .*MILLRACE_ADMIN_TOKEN.* that commands of the same user can read`,
      ),
    );
    expect(said()).not.toMatch(FORBIDDEN);
    process.kill(-shell.child.pid!, 'SIGKILL');
    await shell.ended;
  }
});

it('compose: its Redis has a password, which no argument shows, and the API alone gets the token', async () => {
  interface Service {
    readonly command: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly healthcheck: { readonly test: readonly string[] };
  }
  const { services } = parse(readFileSync(COMPOSE, 'utf8'), { merge: true }) as {
    services: Readonly<Record<'redis' | 'api' | 'worker' | 'scheduler', Service>>;
  };
  const named = (name: string) =>
    Object.entries(services).flatMap(([service, { environment }]) =>
      environment[name] === undefined ? [] : [service],
    );
  expect(named('MILLRACE_ADMIN_TOKEN')).toEqual(['api']);
  expect(named('REDIS_URL').map((name) => services[name as 'api'].environment['REDIS_URL'])).toEqual(
    Array(3).fill('redis://:${REDIS_PASSWORD}@redis:6379'),
  );
  expect(services.redis.environment['REDIS_PASSWORD']).toMatch(/^\$\{REDIS_PASSWORD:\?/);

  const port = await freePort(null);
  const { binary } = await binaryOnPath();
  script('docker-entrypoint.sh', 'exec "$@"');
  script('valkey-server', `exec "${binary!.path}" "$@" --port ${port} --dir "${here.dir}"`);
  const words = services.redis.command.map((word) => word.replaceAll('$$', '$'));
  const server = here.startBy(words, { REDIS_PASSWORD: PASSWORD, PATH: `${here.dir}/bin:${process.env['PATH']}` });
  const url = (password: string) => `redis://${password === '' ? '' : `:${password}@`}127.0.0.1:${port}`;
  const answers = (password: string) =>
    askRedis(url(password), async (asked) => asked.config('GET', 'append*')).catch((error: Error) => error.message);
  await waitFor(async () => /WRONGPASS|NOAUTH/.test(String(await answers(''))), { what: 'the server to refuse' });
  expect(await answers('wrong')).toContain('WRONGPASS');
  expect(await answers(PASSWORD)).toEqual(expect.arrayContaining(['appendonly', 'yes', 'appendfsync', 'always']));
  expect(readFileSync(`/proc/${server.child.pid}/cmdline`, 'latin1')).toMatch(new RegExp(`^(?!.*k4n4ry).*:${port}`));
  server.child.kill('SIGTERM');
  await server.ended;
});
