import { dataOf } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { COMMAND_HOLD, type DefinitionFile, DIAMOND, HOLD } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

test('L2 kill -9 in the middle of a function stage: another worker runs it again', async () => {
  on = await deploy([HOLD]);
  await on.scheduler();
  const first = await on.worker();
  const run = await on.start('hold');
  await on.untilWitness(({ what }) => what === 'began', 'the first attempt');
  const second = await on.worker();
  await first.kill9();
  await on.untilEvent(run, 'stage.started', { stage: 'long', attempt: 2 });
  on.letGo();
  await on.untilAllEnded();
  const [ended] = await expectSound(on);
  const attempts = ended!.stages[0]!.attempts;
  expect(attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
    [1, 'worker_lost'],
    [2, 'succeeded'],
  ]);
  expect(attempts[0]!.worker).toContain(`-${first.pid}-`);
  expect(attempts[1]!.worker).toContain(`-${second.pid}-`);
  const types = (await on.eventsOf(run)).map(({ type }) => type);
  expect(types.filter((type) => type === 'stage.succeeded')).toHaveLength(2);
  expect((await on.store.counters())['rescued']).toBe(1);
  await expectAtRest(on);
});

test('kill -9 in the middle of a command that has forked: no process of the dead worker lives, and it runs again', async () => {
  on = await deploy([COMMAND_HOLD]);
  await on.scheduler();
  const first = await on.worker();
  const run = await on.start('command-hold');
  await on.untilWitness(({ what }) => what === 'forked', 'the child of the first attempt');
  await first.kill9();
  await waitFor(async () => (await on.commandProcesses()).length === 0, {
    what: 'the end of the command, its child and its shim',
  });
  await on.worker();
  const begun = await on.untilEvent(run, 'stage.started', { stage: 'first', attempt: 1 });
  const again = await on.untilEvent(run, 'stage.started', { stage: 'first', attempt: 2 });
  await on.untilWitness(({ attempt, what }) => what === 'forked' && attempt === 2, 'the second attempt');
  on.letGo();
  await on.untilAllEnded();
  const [ended] = await expectSound(on);
  expect(ended!.stages[0]!.attempts.map(({ status }) => status)).toEqual(['worker_lost', 'succeeded']);
  expect(ended!.status).toBe('succeeded');
  expect(dataOf(again, 'stage.started')!.fence).toBeGreaterThan(dataOf(begun, 'stage.started')!.fence);
  await expectAtRest(on);
});

/** Each counts to ten by its checkpoint, and holds at six until the test lets go. */
const RESUMES: readonly DefinitionFile[] = [
  {
    name: 'resumes.pipeline.mjs',
    text: `
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { definePipeline } from '@millrace/core/definition';
import { note } from './bodies.mjs';
export default definePipeline('resumes', {})
  .stage('function', { run: async (ctx) => {
    const from = ctx.lastCheckpoint?.next ?? 1;
    note(ctx, 'began', from);
    for (let next = from; next <= 10; next++) {
      while (next === 6 && !existsSync(ctx.dir + '/go')) await delay(20, null, { signal: ctx.signal });
      note(ctx, 'did', next);
      await ctx.checkpoint({ next: next + 1 });
    }
  } })
  .stage('command', { command: ['node', 'resumes.mjs'] });
`,
  },
  {
    name: 'resumes.mjs',
    text: `
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
const { MILLRACE_CHECKPOINT: file, MILLRACE_STAGE: stage, MILLRACE_ATTEMPT: attempt, MILLRACE_RUN_ID: run, MILLRACE_FENCE: fence } = process.env;
const note = (what, reason) =>
  appendFileSync('witness.jsonl', JSON.stringify({ run, stage, attempt: Number(attempt), fence: Number(fence), pid: process.pid, parent: process.ppid, what, reason, kind: 'command', at: Date.now() }) + '\\n');
const from = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).next : 1;
note('began', from);
for (let next = from; next <= 10; next++) {
  while (next === 6 && !existsSync('go')) await delay(20);
  note('did', next);
  writeFileSync(file + '.new', JSON.stringify({ next: next + 1 }));
  renameSync(file + '.new', file);
}
`,
  },
];

test('kill -9 between checkpoints: the next attempt of a function and of a command resumes at the last one', async () => {
  on = await deploy(RESUMES);
  await on.scheduler();
  const first = await on.worker();
  const run = await on.start('resumes');
  const kept = `${on.keys.root}/run/${run}/checkpoints`;
  await waitFor(
    async () => {
      const all = await on.connection.hvals(kept);
      return all.length === 2 && all.every((one) => one.endsWith('{"next":6}'));
    },
    { what: 'both to keep the fifth', timeoutMs: 20_000 },
  );
  await first.kill9();
  await on.worker();
  for (const stage of ['function', 'command'])
    await on.untilWitness((one) => one.stage === stage && one.attempt === 2, `the second attempt of ${stage}`);
  on.letGo();
  await on.untilAllEnded();
  const [ended] = await expectSound(on);
  expect(ended!.status).toBe('succeeded');
  for (const stage of ['function', 'command']) {
    const seen = on.witnesses().filter((one) => one.stage === stage) as unknown as { what: string; reason: number }[];
    expect(seen.filter(({ what }) => what === 'began').map(({ reason }) => reason)).toEqual([1, 6]);
    const did = seen.filter(({ what }) => what === 'did').map(({ reason }) => reason);
    expect(did).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  }
  expect(await on.connection.exists(kept)).toBe(0);
  await expectAtRest(on);
});

/** Notes `two` when another body of the lane runs, be it in another process. */
const LANE: DefinitionFile = {
  name: 'lane.pipeline.mjs',
  text: `
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { definePipeline } from '@millrace/core/definition';
import { note } from './bodies.mjs';
const isAlive = (pid) => { try { return process.kill(pid, 0); } catch { return false; } };
const body = async (ctx) => {
  note(ctx, 'began');
  const lock = ctx.dir + '/lane.lock';
  try { writeFileSync(lock, String(process.pid), { flag: 'wx' }); } catch {
    if (isAlive(Number(readFileSync(lock, 'utf8')))) note(ctx, 'two');
    writeFileSync(lock, String(process.pid));
  }
  await delay(120);
  rmSync(lock, { force: true });
};
export default definePipeline('lane', { overlap: 'allow' })
  .stage('one', { queue: 'video', run: body })
  .stage('two', { queue: 'video', run: body })
  .stage('three', { queue: 'video', dependsOn: ['one'], run: body });
`,
};

test('a queue with concurrency 1 never runs two stages at once, and goes on: three workers, kills, a pause', async () => {
  on = await deploy([LANE], { MILLRACE_QUEUE_CONCURRENCY: 'video=1' });
  await on.scheduler();
  const meta = on.keys.queue('video', 'meta');
  await waitFor(async () => (await on.connection.hget(meta, 'concurrency')) === '1', { what: 'the limit' });
  const workers = [await on.worker(), await on.worker(), await on.worker()];
  const runs = [];
  for (let n = 0; n < 6; n++) runs.push(await on.start('lane'));
  await on.store.pauseRun({ runId: runs[5]!, by: 'ann', reason: null });
  for (let kills = 0; kills < 2; kills++) {
    const { pid } = await on.untilWitness(
      (one) => one.what === 'began' && workers.some((worker) => worker.pid === one.pid),
      'a body',
    );
    const [killed] = workers.splice(
      workers.findIndex((worker) => worker.pid === pid),
      1,
    );
    await killed!.kill9();
    if (kills === 0) workers.push(await on.worker());
  }
  await on.store.resumeRun({ runId: runs[5]!, by: 'ann', reason: null });
  await on.untilAllEnded(60_000);
  const ended = await expectSound(on);
  expect(ended.map(({ status }) => status)).toEqual(Array(6).fill('succeeded'));
  expect((on.witnesses() as readonly { what: string }[]).filter(({ what }) => what === 'two')).toEqual([]);
  expect(new Set(on.witnesses().map(({ pid }) => pid)).size).toBeGreaterThan(2);
  await expectAtRest(on);
}, 180_000);

/** It kills its worker; `sleeps` and whatever else runs there have no part in it. */
const POISON: DefinitionFile = {
  name: 'poison.pipeline.mjs',
  text: `
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { definePipeline } from '@millrace/core/definition';
import { note } from './bodies.mjs';
export default definePipeline('poison', { overlap: 'allow' })
  .stage('kills', { run: async (ctx) => { note(ctx, 'began'); await delay(150); execFileSync('kill', ['-9', String(process.pid)]); await delay(60_000); } })
  .stage('sleeps', { run: async (ctx) => { note(ctx, 'began'); await delay(1_500, null, { signal: ctx.signal }); } })
  .stage('after', { dependsOn: ['kills'], run: () => ({}) });
`,
};

test('a stage that loses every worker fails with the reason; stages beside it, and every other run, succeed', async () => {
  on = await deploy([POISON, DIAMOND], { MILLRACE_WORKER_CONCURRENCY: '10' });
  await on.scheduler();
  const run = await on.start('poison');
  const others = [await on.start('diamond')];
  const isOver = async () => (await on.store.run(run))!.finishedAt !== null;
  for (let workers = 1; !(await isOver()); workers++) {
    if (workers > 8) throw new Error('it takes one worker after the other');
    const worker = await on.worker();
    others.push(await on.start('diamond'));
    await Promise.race([worker.gone, waitFor(isOver, { what: 'the end of the run', timeoutMs: 60_000 })]);
  }
  await on.untilAllEnded();
  const ended = await expectSound(on);
  const { stages, error } = ended.find(({ runId }) => runId === run)!;
  expect(error).toMatchObject({
    code: 'worker_lost',
    stage: 'kills',
    message: '4 workers were lost while each ran nothing but this stage',
  });
  expect(stages.map(({ status }) => status)).toEqual(['failed', 'succeeded', 'upstream_failed']);
  // Twice beside others, then alone.
  expect(stages[0]!.attempt).toBeLessThanOrEqual(6);
  expect(stages[1]!.attempt).toBeLessThanOrEqual(3);
  expect(others.map((id) => ended.find(({ runId }) => runId === id)!.status)).toEqual(others.map(() => 'succeeded'));
  await expectAtRest(on);
}, 240_000);
