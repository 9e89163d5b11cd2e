/**
 * The clock of Redis's machine is set ten minutes ahead, and back again: nothing runs twice, ends early or waits for
 * it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataOf } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Deployment, deploy } from './deployment.ts';
import { canSetClocks, settableClock } from './settable-clock.ts';
import { expectAtRest } from './soundness.ts';

const MINUTES_10 = 600;

let on: Deployment;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-clock-'));
});
afterEach(async () => {
  await on?.end();
  rmSync(folder, { recursive: true, force: true });
});

const PIPELINES = [
  {
    name: 'held.pipeline.mjs',
    text: `
import { definePipeline } from '@millrace/core/definition';
import { hold } from './bodies.mjs';
export default definePipeline('held', { overlap: 'allow', timeout: '5m' })
  .stage('function', { run: hold, stageTimeout: '5m' })
  .stage('command', { command: ['node', 'command.mjs', 'hold'] });
`,
  },
  {
    name: 'again.pipeline.mjs',
    text: `
import { definePipeline } from '@millrace/core/definition';
const run = async (ctx) => {
  if (ctx.attempt === 1) throw new Error('once');
};
export default definePipeline('again', { overlap: 'allow', params: { type: 'object' } })
  .stage('only', { run, retry: { initialInterval: '3s', maximumAttempts: 2, jitter: 0 } });
`,
  },
  {
    name: 'short.pipeline.mjs',
    text: `
import { definePipeline } from '@millrace/core/definition';
import { hold } from './bodies.mjs';
export default definePipeline('short', { overlap: 'allow', timeout: '1s' }).stage('only', { run: hold });
`,
  },
  {
    name: 'ticking.pipeline.mjs',
    text: `
import { definePipeline } from '@millrace/core/definition';
export default definePipeline('ticking', { overlap: 'allow', schedules: [{ id: 'each', every: '1s' }] })
  .stage('only', { run: async () => null });
`,
  },
];

test.runIf(canSetClocks)(
  'Redis’s clock ten minutes ahead, and back: no stage is lost, no timeout fires, delays and schedules go on',
  async () => {
    const clock = settableClock(folder);
    on = await deploy(PIPELINES, {}, clock.env);
    const scheduler = await on.scheduler();
    const worker = await on.worker();
    const ticks = async () => (await on.runsOf('ticking')).map(({ trigger }) => trigger.tick!);
    const jump = async (seconds: number, said: string): Promise<void> => {
      const before = await on.store.now();
      clock.set(seconds);
      await waitFor(async () => Math.abs((await on.store.now()) - before) > 300_000, {
        what: 'the jump',
        timeoutMs: 30_000,
      });
      await scheduler.said(said);
    };
    const held = await on.start('held');
    for (const stage of ['function', 'command'])
      await on.untilWitness((seen) => seen.run === held && seen.stage === stage && seen.what === 'began', stage);
    await waitFor(async () => (await ticks()).length > 0, { what: 'a tick', timeoutMs: 30_000 });

    await jump(MINUTES_10, 'jumped 10m 0s ahead');
    expect(await on.store.clockStep()).toMatchObject({ stepMs: expect.closeTo(600_000, -4) });
    // A timeout longer than the lease that fires after the jump: who would be rescued by the jump has been.
    const ahead = await on.store.now();
    await on.untilEvent(await on.start('short'), 'run.failed', {}, 30_000);
    await waitFor(async () => (await ticks()).some((tick) => tick > ahead), {
      what: 'a tick by the clock ahead',
      timeoutMs: 30_000,
    });
    const events = await on.eventsOf(held);
    expect(events.filter(({ type }) => type === 'stage.started')).toHaveLength(2);
    expect(events.map(({ type }) => type)).not.toContain('run.cancelling');
    expect((await on.store.counters())['workers_lost'] ?? 0).toBe(0);

    // Back: what waits, leads, is leased and ticks does so by the clock before.
    const again = await on.start('again');
    await on.untilEvent(again, 'stage.retrying', {}, 60_000);
    await jump(0, 'jumped 10m 0s back');
    await on.untilEvent(again, 'stage.started', { attempt: 2 }, 60_000);
    const back = await on.store.now();
    await waitFor(async () => (await ticks()).some((tick) => tick > back && tick < back + 60_000), {
      what: 'a tick by the clock behind',
      timeoutMs: 30_000,
    });
    const all = await ticks();
    expect(new Set(all).size).toBe(all.length);
    expect(await on.store.leader()).not.toBeNull();
    await worker.kill9();
    await on.untilEvent(held, 'stage.rescued', {}, 60_000);
    await on.worker();
    on.letGo();
    await on.untilEvent(held, 'run.succeeded', {}, 60_000);
    const log = await on.eventsOf(held);
    expect(log.flatMap((event) => dataOf(event, 'stage.failed') ?? [])).toEqual([]);
    await scheduler.kill9();
    await on.untilAllEnded();
    await expectAtRest(on);
  },
  240_000,
);
