import type { Pipeline, PipelineName } from '@millrace/core/domain';
import { editSchedule, nextTicks, settingsOf } from '@millrace/core/engine';
import type { TickView } from '@millrace/core/ports';
import { waitFor } from '@millrace/core/testing';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Deployment, deployment } from './deployment.ts';
import { schedulerProcess } from './scheduler-process.ts';

const EACH_SECOND = { cron: '* * * * * *' };
let on: Deployment;
beforeEach(async () => {
  on = await deployment(inject('redisUrl'));
});
afterEach(() => on.end());

const outcomes = async (id: string, outcome: TickView['outcome'], count: number) =>
  waitFor(
    async () => {
      const ticks = (await on.ledger(id)).filter((tick) => tick.outcome === outcome);
      return ticks.length >= count ? ticks : null;
    },
    { timeoutMs: 30_000, what: `${count} ticks of ${id} that are ${outcome}` },
  );

it('three schedulers start exactly one run at every instant, early for none and late for none', async () => {
  const pipeline = await on.register('busy', { overlap: 'allow', schedules: [EACH_SECOND] });
  const schedulers = await Promise.all([on.scheduler(), on.scheduler(), on.scheduler()]);
  await outcomes('busy', 'fired', 6);
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
  const ticks = await on.ledger('busy');
  // Nor is the instant before the schedule began listed: it was never due.
  await expectEveryInstantOnce(pipeline, ticks);
  expect(ticks.filter(({ outcome, instant, handledAt }) => outcome !== 'fired' || handledAt < instant)).toEqual([]);
});

it('a scheduler that is killed while a tick is due leaves no instant out and runs none twice', async () => {
  const pipeline = await on.register('survivor', { overlap: 'allow', schedules: [EACH_SECOND] });
  const victim = await schedulerProcess(on);
  await outcomes('survivor', 'fired', 2);
  // Stopped first, so that a tick is due and not handled when it dies.
  victim.kill('SIGSTOP');
  await waitFor(async () => (await on.store.now()) >= (await on.ledger('survivor'))[0]!.instant + 1_000, {
    what: 'the next tick',
  });
  victim.kill('SIGKILL');
  await on.scheduler();
  const before = (await on.ledger('survivor')).length;
  await outcomes('survivor', 'fired', before + 2);
  await on.stopSchedulers();
  await expectEveryInstantOnce(pipeline, await on.ledger('survivor'));
});

it('goes on when the delayed job that should wake it is gone', async () => {
  await on.register('sleeper', { overlap: 'allow', schedules: [EACH_SECOND] });
  await on.scheduler();
  await outcomes('sleeper', 'fired', 1);
  const delayed = on.keys.queue('ticks', 'delayed');
  await waitFor(async () => (await on.redis.del(delayed)) === 1, { what: 'the delayed wake-up' });
  await waitFor(async () => (await on.redis.zcard(delayed)) === 0, { what: 'no wake-up being arranged' });
  const before = (await on.ledger('sleeper')).length;
  await outcomes('sleeper', 'fired', before + 2);
});

it('a tick that finds a live run is skipped, and the ledger says why', async () => {
  await on.register('slow', { overlap: 'skip', schedules: [EACH_SECOND] });
  await on.scheduler();
  const [skipped] = await outcomes('slow', 'skipped', 3);
  expect(skipped).toMatchObject({ reason: 'overlap', runId: null });
  expect(await on.runsOf('slow')).toHaveLength(1);
});

it('a schedule set through the store takes effect without a restart, and runs nothing of the past', async () => {
  await on.register('reloaded', { overlap: 'allow', schedules: [{ cron: '0 0 1 1 *' }] });
  await on.scheduler();
  await waitFor(async () => (await on.store.scheduleCursor('reloaded')) !== null, { what: 'the schedule to be seen' });
  const changedAt = await on.store.now();
  await editSchedule(on.store, 'reloaded', 'ann', (now) => ({
    settings: { ...settingsOf(now), cron: null, everyMs: 1_000 },
  }));
  const fired = await outcomes('reloaded', 'fired', 2);
  for (const tick of fired) expect(tick.instant).toBeGreaterThanOrEqual(changedAt);
  expect(
    (await on.ledger('reloaded')).some((tick) => tick.reason === 'the schedule was changed or resumed after this tick'),
  ).toBe(true);

  await editSchedule(on.store, 'reloaded', 'ann', () => ({ paused: true }));
  const [paused] = await outcomes('reloaded', 'skipped', 4);
  expect(paused!.reason).toBe('paused');
  const runs = (await on.runsOf('reloaded')).length;
  await outcomes('reloaded', 'skipped', 6);
  expect(await on.runsOf('reloaded')).toHaveLength(runs);

  await editSchedule(on.store, 'reloaded', 'ann', () => ({ paused: false }));
  await outcomes('reloaded', 'fired', fired.length + 2);
});

it('ticks of a long absence are caught up by the policy, once, and the others are in the ledger', async () => {
  const { name } = await on.register('absent', {
    overlap: 'allow',
    schedules: [{ cron: '* * * * *', catchUp: { policy: 'all', window: '3m' } }],
  });
  await on.store.recordTick({
    scheduleId: 'absent',
    instant: Math.floor((await on.store.now()) / 60_000) * 60_000 - 6 * 60_000,
    outcome: 'skipped',
    reason: 'start of the test',
  });
  await Promise.all([on.scheduler(), on.scheduler()]);
  await waitFor(async () => (await on.ledger('absent')).length >= 7, { what: 'the backlog' });
  const ticks = await on.ledger('absent');
  expect(
    ticks.filter((tick) => tick.outcome === 'missed' && tick.reason!.includes('catch-up window of 3m')).length,
  ).toBeGreaterThanOrEqual(2);
  const run = await on.runsOf(name);
  expect(new Set(run.map(({ trigger }) => trigger.tick)).size).toBe(run.length);
  expect(ticks.filter(({ outcome }) => outcome === 'caught_up' || outcome === 'fired').length).toBe(run.length);
  expect(run.length).toBeGreaterThanOrEqual(3);
});

it('a tick whose run cannot be started is in the ledger, and the next is tried', async () => {
  await on.register('misfit', {
    overlap: 'allow',
    params: { type: 'object', properties: { source: { type: 'string' } }, required: ['source'] },
  });
  const settings = {
    cron: '* * * * * *',
    everyMs: null,
    timezone: 'UTC',
    overlap: null,
    mode: null,
    stages: null,
    params: {},
    catchUp: { policy: 'none', windowMs: 0 },
  } as const;
  const stored = { id: 'misfit', pipeline: 'misfit' as PipelineName, settings, paused: null, note: null };
  await on.store.putSchedule({ id: 'misfit', stored, begins: true, revision: null, idempotency: null });
  await on.scheduler();
  const ticks = await outcomes('misfit', 'skipped', 4);
  expect(ticks[0]!.reason).toContain('invalid_params');
});

const expectEveryInstantOnce = async (pipeline: Pipeline, ticks: readonly TickView[]): Promise<void> => {
  const instants = ticks.map((tick) => tick.instant).sort((a, b) => a - b);
  expect(nextTicks(pipeline.schedules[0]!, instants[0]! - 1, instants.length)).toEqual(instants);
  const runs = await on.runsOf(pipeline.name);
  const started = runs.map((run) => run.trigger.tick!).sort((a, b) => a - b);
  expect(started).toEqual(instants);
  expect(
    runs.every((run) => run.trigger.kind === 'schedule' && run.trigger.scheduleId === pipeline.schedules[0]!.id),
  ).toBe(true);
};
