import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@millrace/client';
import { startRedis, waitFor } from '@millrace/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openToOthers, project } from './millrace.ts';

const PIPELINES = {
  report: `
name: report
stages:
  write: { run: { command: [sh, -c, 'echo "<p>fine</p>" > "$MILLRACE_ARTIFACTS/report.html"'] } }
`,
  sleepy: `
name: sleepy
stages:
  sleep: { grace: 1s, run: { command: [sleep, "600"] } }
`,
};
const POISON = `
name: poison
stages:
  kill: { run: { command: [sh, -c, 'kill -9 $(cut -d" " -f4 /proc/$PPID/stat)'] } }
`;
let here: ReturnType<typeof project>;
beforeEach(() => {
  here = project({ ...PIPELINES, poison: POISON });
});
afterEach(() => here.remove());

const nothingLeft = () =>
  waitFor(() => here.processes().length === 0, { timeoutMs: 30_000, what: 'no process to be left' }).catch(
    (error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(here.processes())}`);
    },
  );

const CORE = fileURLToPath(new URL('../../../packages/core/dist/index.js', import.meta.url));
const module = (name: string, code: string) =>
  `import { definePipeline } from ${JSON.stringify(CORE)};\n${code}\nexport default definePipeline('${name}').stage('go', { run: async () => ({ went: true }) });\n`;

it('runs the default pipeline beside broken files, tells its stages, report, address and token, and stops without leaving a process', async () => {
  const define = (name: string, code: string) =>
    writeFileSync(join(here.dir, 'pipelines', `${name}.pipeline.ts`), module(name, code));
  define('exits', 'process.exit(7);');
  define('talks', 'console.log("said while loading"); setInterval(() => {}, 1_000);');
  const up = await here.up(['--workers', '2', '--run-default'], { MILLRACE_DEFAULT_PIPELINE: 'report' });
  await waitFor(() => /report: (.*)/.test(up.err()), { timeoutMs: 30_000, what: 'the report' });
  expect(up.err()).toContain('write: stage succeeded');
  expect(up.err()).toMatch(/exits\.pipeline\.ts: .*it calls process\.exit\(7\)/);
  expect((await here.run('run', 'talks', '--wait')).code).toBe(0);
  const refused = await here.run('run', 'exits');
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/exits\.pipeline\.ts: .*process\.exit\(7\)/)]);
  expect(up.out()).toBe('');
  const [, token] = /^token: (\S+)$/m.exec(up.err())!;
  expect(up.err()).toMatch(new RegExp(`^dashboard: http://127\\.0\\.0\\.1:\\d+/#token=${token}$`, 'm'));
  expect(readFileSync(/report: (.*)/.exec(up.err())![1]!, 'utf8')).toBe('<p>fine</p>\n');
  expect(here.processes().filter(({ command }) => command.includes('child.js worker'))).toHaveLength(2);
  up.interrupt();
  expect((await up.ended).code).toBe(0);
  await nothingLeft();
  expect(openToOthers(join(here.dir, '.millrace'))).toEqual([]);
}, 120_000);

it('killed with -9 it takes its children, their commands and its Redis along', async () => {
  const up = await here.up([], { MILLRACE_DRAIN_MS: '500' });
  await here.run('run', 'sleepy');
  await waitFor(() => here.processes().some(({ command }) => command.startsWith('sleep 600')), {
    timeoutMs: 20_000,
    what: 'the command',
  });
  process.kill(up.child.pid!, 'SIGKILL');
  await nothingLeft();
});

it('starts a process again that dies, and a second Ctrl-C does not wait for the drain', async () => {
  const up = await here.up([], { MILLRACE_DRAIN_MS: '60000' });
  const find = (name: string) => here.processes().find(({ command }) => command.includes(`child.js ${name}`))?.pid;
  for (const name of ['scheduler', 'worker']) {
    const victim = find(name)!;
    process.kill(victim, 'SIGKILL');
    await waitFor(() => ![undefined, victim].includes(find(name)), { timeoutMs: 20_000, what: `another ${name}` });
    expect(up.err()).toContain(`${name} was killed by SIGKILL`);
  }
  await here.run('run', 'sleepy');
  await waitFor(() => here.processes().some(({ command }) => command.startsWith('sleep 600')), {
    timeoutMs: 30_000,
    what: 'the command',
  });
  up.child.kill('SIGINT');
  await waitFor(() => up.err().includes('stopping'), { what: 'the drain' });
  up.child.kill('SIGINT');
  await up.ended;
  await nothingLeft();
});

it('a run that kills every worker does not keep it from starting, nor from serving the others; it can be cancelled', async () => {
  const env = { MILLRACE_LEASE_MS: '1500', MILLRACE_HEARTBEAT_MS: '500', MILLRACE_SWEEP_MS: '500' };
  const first = await here.up([], env);
  const poison = (await here.run('run', 'poison')).out.trim();
  await waitFor(() => first.err().includes('worker was killed by SIGKILL'), {
    timeoutMs: 30_000,
    what: 'the first worker to die',
  });
  process.kill(first.child.pid!, 'SIGKILL');
  await nothingLeft();
  const again = await here.up([], env);
  await waitFor(() => again.err().includes('worker was killed by SIGKILL'), {
    timeoutMs: 30_000,
    what: 'the next worker to die',
  });
  expect((await here.run('run', 'report', '--wait')).code).toBe(0);
  await here.run('stop', poison);
  await waitFor(async () => /"status":"(cancelled|failed)"/.test((await here.run('status', poison, '--json')).out), {
    timeoutMs: 30_000,
    what: 'its end',
  });
  again.child.kill('SIGTERM');
  expect((await again.ended).code).toBe(0);
  await nothingLeft();
}, 120_000);

it('ends at once, with the reason, when a process cannot start', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  mkdirSync(join(here.dir, '.millrace'), { mode: 0o750 });
  const ended = await here.runWith({ MILLRACE_PORT: String(port), MILLRACE_DRAIN_MS: '1000' }, 'up');
  taken.close();
  expect(ended.code).toBe(1);
  expect(ended.err).toContain('another process listens there');
  expect(ended.err).toContain('api ended before it was ready');
  expect(ended.err.match(/has mode 0750.*chmod 700 \S+\/\.millrace"$/gm)).toHaveLength(1);
  await nothingLeft();
});

it('refuses wrong configuration and a Redis that does not let it in with their codes, waits for one that is away until it is told to stop, and makes nothing', async () => {
  const config = await here.runWith({ MILLRACE_LEASE_MS: '100', MILLRACE_PROT: '1' }, 'up');
  expect(config.code).toBe(2);
  expect(config.err).toContain('MILLRACE_PROT');
  const locked = await startRedis({ args: ['--requirepass', 'right'] });
  const refused = await here.runWith({ REDIS_URL: locked.url }, 'up');
  await locked.stop();
  expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('NOAUTH')]);
  const waiting = here.start(['up'], { REDIS_URL: locked.url });
  await waitFor(() => waiting.err().includes(`127.0.0.1:${locked.port} does not answer`), {
    timeoutMs: 30_000,
    what: '"up" to wait',
  });
  waiting.interrupt();
  expect((await waiting.ended).code).toBe(0);
  expect((await here.run('up', '--workers', '0')).code).toBe(2);
  expect(existsSync(join(here.dir, '.millrace', 'deployment.json'))).toBe(false);
});

it('a second one in the folder says so and ends; commands and doctor find the first from below, and read what it uses', async () => {
  const up = await here.up([], { MILLRACE_DATA_DIR: '', MILLRACE_WORKER_CONCURRENCY: '3', MILLRACE_SWEEP_MS: '2000' });
  const second = await here.runWith({ MILLRACE_DATA_DIR: '' }, 'dev');
  expect(second.code).toBe(1);
  expect(second.err).toContain(`process ${up.child.pid} already runs Millrace there, at http://127.0.0.1:`);
  const below = join(here.dir, 'pipelines', 'deep');
  mkdirSync(below);
  const from = (...args: string[]) => here.start(args, { MILLRACE_DATA_DIR: '', PWD: below }, below).ended;
  expect((await from('status')).code).toBe(0);
  expect((await from('up')).err).toContain('already runs Millrace there');
  const doctor = await from('doctor');
  expect(doctor.code).toBe(0);
  expect(doctor.out).toMatch(/^ok +deployment +process \d+ runs here at http/m);
  expect(doctor.out).toMatch(/^ok +port +a Millrace API answers on 127\.0\.0\.1:\d+$/m);
  expect(doctor.out).toMatch(/^ok +definitions +3 pipelines: poison, report, sleepy$/m);
  up.child.kill('SIGKILL');
  await nothingLeft();
  const again = await here.up([], { MILLRACE_DATA_DIR: '' });
  again.child.kill('SIGTERM');
  expect((await again.ended).code).toBe(0);
  await nothingLeft();
}, 120_000);

it('under npm it ends with npm, by SIGTERM and by SIGKILL, and leaves nothing', async () => {
  // Killed with -9, npm leaves its shell behind, alive; our own start script has none.
  for (const [signal, exec] of [
    ['SIGTERM', ''],
    ['SIGKILL', 'exec '],
  ] as const) {
    const npm = here.startUnderNpm(['up'], exec);
    await waitFor(() => npm.err().includes('token: '), { timeoutMs: 45_000, what: '"up" to serve' });
    npm.child.kill(signal);
    await npm.ended;
    await nothingLeft();
  }
}, 120_000);

it('a file that is removed stops its schedules, which says so everywhere, and one that comes back starts them again', async () => {
  const file = join(here.dir, 'pipelines', 'gone.pipeline.yaml');
  const yaml = 'name: gone\nschedules: [{ every: 1s }]\nstages: { a: { command: ["true"] } }\n';
  writeFileSync(file, yaml);
  type Up = Awaited<ReturnType<typeof here.up>>;
  const ledger = (up: Up) => {
    const [, url, token] = /dashboard: (http:\S+)\/#token=(\S+)/.exec(up.err())!;
    return createClient({ url: url!, token: token! })
      .ticks('gone', { limit: 200 })
      .then(({ items }) => items);
  };
  const newest = (up: Up, outcome: string) =>
    waitFor(async () => (await ledger(up)).find((tick, place) => place === 0 && tick.outcome === outcome), {
      timeoutMs: 30_000,
      what: `a tick ${outcome}`,
    });
  const restarted = async (before: Up, meanwhile: () => void) => {
    before.interrupt();
    await before.ended;
    meanwhile();
    return here.up();
  };
  const first = await here.up();
  await newest(first, 'fired');

  const second = await restarted(first, () => rmSync(file));
  expect(await newest(second, 'skipped')).toMatchObject({ reason: 'no file defines pipeline gone' });
  expect(second.err()).toContain('no file defines pipeline gone: ticks of schedule gone are skipped until one does');
  expect((await here.run('schedule', 'list')).out).toMatch(/gone .*skipped: no file defines pipeline gone/);
  expect((await here.run('status')).out).toContain(
    'no file defines pipeline gone: ticks of its schedules are skipped until one does (gone)',
  );
  const started = await here.run('run', 'gone');
  expect([started.code, started.err]).toEqual([
    expect.any(Number),
    expect.stringContaining('no file defines pipeline gone'),
  ]);
  expect(started.code).not.toBe(0);

  const third = await restarted(second, () => writeFileSync(file, yaml));
  await newest(third, 'fired');
  third.interrupt();
  await third.ended;
}, 120_000);
