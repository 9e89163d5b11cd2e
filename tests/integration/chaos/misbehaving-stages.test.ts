/** What the code of one stage does to the process costs that stage, and no other. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownedPrefix } from '@millrace/core/scratch';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { COMMAND_HOLD, HOLD } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

const BODIES: Readonly<
  Record<string, { readonly body: string; readonly options?: string; readonly error: readonly [string, RegExp] | null }>
> = {
  'forgotten-rejection': {
    body: `void Promise.reject(new RangeError('nobody awaited this')); await delay(60_000, null, { signal: ctx.signal }); `,
    error: ['RangeError', /^nobody awaited this$/],
  },
  'forgotten-at-the-end': { body: `void Promise.reject(new Error('left behind'));`, error: ['Error', /^left behind$/] },
  'rejected-with-nothing': {
    body: `void Promise.reject(); await delay(60_000, null, { signal: ctx.signal });`,
    error: ['NonError', /undefined/],
  },
  'throws-in-timer': {
    body: `setTimeout(() => { throw new TypeError('in a timer'); }, 10); await new Promise(() => {});`,
    error: ['TypeError', /^in a timer$/],
  },
  'throws-for-ever': {
    body: `const t = setInterval(() => { throw new Error('again'); }, 1); setTimeout(() => clearInterval(t), 2_000); await new Promise(() => {});`,
    error: ['Error', /^again$/],
  },
  'throws-nothing': {
    body: `setTimeout(() => { throw null; }, 10); await new Promise(() => {});`,
    error: ['NonError', /null/],
  },
  'unheard-stream': {
    body: `createReadStream('/nowhere/x'); await new Promise(() => {});`,
    error: ['Error', /ENOENT.*nowhere/],
  },
  'unheard-emitter': {
    body: `process.nextTick(() => new EventEmitter().emit('error', new Error('unheard'))); await new Promise(() => {});`,
    error: ['Error', /^unheard$/],
  },
  'unheard-socket': { body: `connect(1, '127.0.0.1'); await new Promise(() => {});`, error: ['Error', /ECONNREFUSED/] },
  'throwing-abort-listener': {
    body: `ctx.signal.addEventListener('abort', () => { throw new Error('in the listener'); }); await new Promise(() => {});`,
    options: `timeout: 100`,
    error: ['timed_out', /timeout/],
  },
  quits: { body: `await delay(50); process.exit(0);`, error: ['process_exit', /called process\.exit\(0\)/] },
  'quits-and-catches': {
    body: `try { process.exit(3); } catch {} return { ok: true };`,
    error: ['process_exit', /called process\.exit\(3\)/],
  },
  'quits-in-timer': {
    body: `setTimeout(() => process.exit(1), 10); await new Promise(() => {});`,
    error: ['process_exit', /called process\.exit\(1\)/],
  },
  'quits-on-error': {
    body: `process.once('uncaughtException', () => process.exit(7)); setTimeout(() => { throw new Error('first'); }, 10); await new Promise(() => {});`,
    error: ['Error', /^first$/],
  },
  'takes-the-guards-away': {
    body: `process.removeAllListeners('unhandledRejection'); process.removeAllListeners('uncaughtException'); setTimeout(() => Promise.reject(new Error('bare')), 10); await new Promise(() => {});`,
    error: ['Error', /^bare$/],
  },
  aborts: { body: `process.abort();`, error: ['process_exit', /called process\.abort\(\)/] },
  'kills-itself': {
    body: `process.kill(process.pid, 'SIGKILL');`,
    error: ['process_exit', /called process\.kill\(process\.pid, "SIGKILL"\)/],
  },
  'wrong-artifact': {
    body: `void ctx.artifact('report.csv', { file: 'reprot.csv' });`,
    error: ['artifact_unreadable', /reprot\.csv/],
  },
  late: {
    body: `note(ctx, 'began'); setTimeout(() => { throw new Error('after the end'); }, 300); setTimeout(() => process.exit(5), 350);`,
    error: null,
  },
};

const MISBEHAVING = {
  name: 'misbehaving.pipeline.mjs',
  text: `
import { EventEmitter } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { definePipeline } from '@millrace/core/definition';
// Code of no stage that ends the worker, on the test's request only.
if (process.env.MAY_QUIT)
  setInterval(() => existsSync(new URL('quit-now', import.meta.url)) && process.exit(9), 20).unref();
import { note } from './bodies.mjs';
export default definePipeline('misbehaving', { overlap: 'allow' })
${Object.entries(BODIES)
  .map(
    ([name, { body, options }]) =>
      `  .stage('${name}', { retry: { maximumAttempts: 1 }, grace: 200, ${options ?? ''}${options ? ', ' : ''}run: async (ctx) => { ${body} } })`,
  )
  .join('\n')};
`,
};

test('stray errors and process exits fail their own attempt with the cause; stages beside them continue', async () => {
  on = await deploy([MISBEHAVING, HOLD, COMMAND_HOLD], { MILLRACE_WORKER_CONCURRENCY: '50', MAY_QUIT: 'yes' });
  const worker = await on.worker();
  const innocent = [await on.start('hold'), await on.start('command-hold')];
  await on.untilWitness(({ kind, what }) => kind === 'function' && what === 'began', 'the function beside');
  await on.untilWitness(({ kind, what }) => kind === 'command' && what === 'began', 'the command beside');
  const run = await on.start('misbehaving');
  await on.untilEvent(run, 'run.failed');
  const events = await on.eventsOf(run);
  const ends = Object.fromEntries(
    events
      .filter(({ type }) => type === 'stage.failed' || type === 'stage.succeeded')
      .map(({ stage, attempt, data }) => [
        stage,
        [attempt, (data as { error?: { code: string; message: string } }).error ?? null],
      ]),
  );
  for (const [name, { error }] of Object.entries(BODIES))
    expect.soft(ends[name], name).toEqual([1, error && { code: error[0], message: expect.stringMatching(error[1]) }]);
  expect(
    JSON.stringify(events.filter(({ type, stage }) => type === 'stage.log' && stage === 'throws-in-timer')),
  ).toMatch(/thrown in a callback.*TypeError: in a timer/);
  await worker.said('process.exit(5) was called by a stage whose attempt was over');
  expect(worker.log()).toMatch(
    /"run_id":"[^"]+","stage":"late","attempt":1,"msg":"an error was thrown in a callback.*its attempt was over/,
  );

  // Code of no stage ends the process: its stages are handed back with the reason, without counting an attempt.
  writeFileSync(join(on.folder, 'quit-now'), '');
  await worker.gone;
  const [handedBack] = await Promise.all(innocent.map((id) => on.untilEvent(id, 'stage.handed_back')));
  expect(handedBack!.data).toMatchObject({ reason: 'drain' });
  await waitFor(
    async () =>
      JSON.stringify(await on.eventsOf(innocent[0]!)).includes(
        "handed back: process.exit(9) was called in the worker's process",
      ),
    {
      what: 'the reason in the log of the run',
    },
  );
  writeFileSync(join(on.folder, 'go'), '');
  rmSync(join(on.folder, 'quit-now'));
  await on.worker();
  await on.untilAllEnded();
  const ended = await expectSound(on);
  for (const { stages } of ended.filter(({ runId }) => innocent.includes(runId)))
    expect(stages[0]!.attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 'handed_back'],
      [1, 'succeeded'],
    ]);
  await expectAtRest(on);
}, 60_000);

test('a worker sweeps at its start what killed ones have left', async () => {
  on = await deploy([HOLD]);
  const temporary = join(on.folder, 'tmp');
  // As of a process with this pid that started at another time.
  const ofTheDead = (prefix: string) => `${ownedPrefix(prefix).replace(/-\d+-$/, '-1-')}x`;
  const scratch = join(temporary, ofTheDead('millrace-stage-'));
  const half = join(on.dataDir, 'artifacts', 'tmp', ofTheDead(''));
  mkdirSync(join(scratch, 'artifacts'), { recursive: true });
  mkdirSync(join(half, '..'), { recursive: true });
  writeFileSync(half, 'half an artifact');
  await on.worker({ TMPDIR: temporary });
  await waitFor(() => !existsSync(scratch) && !existsSync(half), { what: 'the end of both leftovers' });
});
