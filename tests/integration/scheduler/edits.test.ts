import type { PipelineName, WorkerId } from '@millrace/core/domain';
import { createSchedule, deleteSchedule, editSchedule, type ScheduleEdit, settingsOf } from '@millrace/core/engine';
import type { ScheduleSettings, TickView } from '@millrace/core/ports';
import { waitFor } from '@millrace/core/testing';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Deployment, deployment } from './deployment.ts';
import { schedulerProcess } from './scheduler-process.ts';
import { staleReads } from './stale-reads.ts';

const EACH_SECOND: ScheduleSettings = {
  cron: '* * * * * *',
  everyMs: null,
  timezone: 'UTC',
  overlap: 'allow',
  mode: null,
  stages: null,
  params: {},
  catchUp: { policy: 'all', windowMs: 3_600_000 },
};
let on: Deployment;
beforeEach(async () => {
  on = await deployment(inject('redisUrl'));
});
afterEach(() => on.end());

/** When the edit was requested and answered, by the store's clock. */
const edited = async (id: string, edit: ScheduleEdit) => {
  const askedAt = await on.store.now();
  await editSchedule(on.store, id, 'ann', () => edit);
  return { askedAt, answeredAt: await on.store.now() };
};
const until = (id: string, what: string, told: (ticks: readonly TickView[]) => unknown) =>
  waitFor(async () => told(await on.ledger(id)) || null, { timeoutMs: 30_000, what });
const handledUpTo = (id: string, instant: number) =>
  until(id, 'the ticks to be handled', (ticks) => (ticks[0]?.instant ?? 0) >= instant);

it('with several schedulers, each tick after a pause is skipped and each after a resume runs', async () => {
  await on.register('busy', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
  const reads = staleReads(on.store);
  await Promise.all([1, 2, 3].map(() => on.scheduler({}, reads.store)));
  await until('busy', 'a run', (ticks) => ticks.some(({ outcome }) => outcome === 'fired'));
  const spans: { from: number; to: number; outcome: 'fired' | 'skipped' }[] = [];
  let since = (await on.ledger('busy'))[0]!.instant;
  for (const paused of [true, false, true, false]) {
    const handled = (await on.ledger('busy'))[0]!.instant;
    const { askedAt, answeredAt } = await reads.changeUnseen(() => edited('busy', { paused }));
    // Ticks between asking and answer may go either way, and so may one that was due before a pause and not handled by
    // then.
    spans.push({
      from: since,
      to: paused ? Math.min(askedAt, handled + 1) : askedAt,
      outcome: paused ? 'fired' : 'skipped',
    });
    since = answeredAt;
    await handledUpTo('busy', answeredAt + 1_000);
  }
  await handledUpTo('busy', since + 1_000);
  await on.stopSchedulers();
  const ticks = await on.ledger('busy');
  for (const { from, to, outcome } of spans)
    for (const tick of ticks.filter(({ instant }) => instant > from && instant < to))
      expect({ ...tick, from, to }).toMatchObject({ outcome });
  const fired = ticks.filter(({ outcome }) => outcome === 'fired');
  expect(new Set(fired.map(({ instant }) => instant)).size).toBe(fired.length);
  expect(new Set((await on.runsOf('busy')).map(({ trigger }) => trigger.tick))).toEqual(
    new Set(fired.map(({ instant }) => instant)),
  );
  expect(await on.runsOf('busy')).toHaveLength(fired.length);
});

it('a scheduler process follows a new cron from the answer on: no tick of the old one, all of the new one', async () => {
  await on.register('edited', { overlap: 'allow', schedules: [{ cron: '1-59/2 * * * * *' }] });
  await schedulerProcess(on);
  await until('edited', 'a run of the old cron', (ticks) => ticks.some(({ outcome }) => outcome === 'fired'));
  const { askedAt, answeredAt } = await edited('edited', { settings: { ...EACH_SECOND, cron: '*/2 * * * * *' } });
  await handledUpTo('edited', answeredAt + 5_000);
  const second = (tick: TickView) => Math.floor(tick.instant / 1_000) % 60;
  const ticks = await on.ledger('edited');
  const after = ticks.filter(({ instant }) => instant > answeredAt);
  expect(after.every((tick) => tick.outcome === 'fired' && second(tick) % 2 === 0)).toBe(true);
  expect(after.length).toBe(Math.floor(after[0]!.instant / 2_000) - Math.floor(answeredAt / 2_000));
  const before = ticks.filter(({ instant, outcome }) => instant < askedAt && outcome === 'fired');
  expect(before.every((tick) => second(tick) % 2 === 1)).toBe(true);
});

it('one that is made while schedulers run has its first tick right after, with its own params; removed, it has none', async () => {
  const params = { type: 'object', properties: { rows: { type: 'integer' } } } as const;
  await on.register('made', { overlap: 'allow', params });
  await on.scheduler();
  await on.scheduler();
  const settings = { ...EACH_SECOND, params: { rows: 3 } };
  await createSchedule(on.store, {
    id: 'own',
    pipeline: 'made',
    settings,
    paused: false,
    note: null,
    by: 'ann',
    idempotency: null,
  });
  const madeAt = await on.store.now();
  await handledUpTo('own', madeAt + 2_000);
  await deleteSchedule(on.store, 'own');
  const removedAt = await on.store.now();
  await on.register('witness', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
  await handledUpTo('witness', removedAt + 3_000);
  const ticks = await on.ledger('own');
  const fired = ticks.filter(({ outcome }) => outcome === 'fired');
  expect(ticks.filter(({ instant }) => instant > madeAt).every(({ outcome }) => outcome === 'fired')).toBe(true);
  expect(fired.at(-1)!.instant).toBeLessThanOrEqual((Math.floor(madeAt / 1_000) + 1) * 1_000);
  expect(Math.max(...ticks.map(({ instant }) => instant))).toBeLessThan(removedAt);
  expect((await on.runsOf('made')).every((run) => run.params['rows'] === 3)).toBe(true);
});

it('nothing of a pause, an edit or a removal that no scheduler saw is caught up; what came due since the resume is', async () => {
  const { name } = await on.register('unseen', {
    overlap: 'allow',
    schedules: [{ cron: '* * * * *', catchUp: { policy: 'all', window: '1h' } }],
  });
  const now = await on.store.now();
  await on.store.recordTick({
    scheduleId: 'unseen',
    instant: now - 30 * 60_000,
    outcome: 'skipped',
    reason: 'start of the test',
  });
  await edited('unseen', { paused: true });
  await edited('unseen', { paused: false });
  await on.store.retirePipeline(name);
  await on.register('unseen', {
    overlap: 'allow',
    schedules: [{ cron: '* * * * * *', catchUp: { policy: 'all', window: '1h' } }],
  });
  const back = await on.store.now();
  await waitFor(async () => (await on.store.now()) > back + 2_000, { what: 'two ticks without a scheduler' });
  await on.scheduler();
  await handledUpTo('unseen', back + 4_000);
  const ticks = await on.ledger('unseen');
  expect(ticks.filter(({ outcome }) => outcome !== 'skipped').every(({ instant }) => instant > now)).toBe(true);
  expect(ticks.filter(({ instant }) => instant > back && instant < back + 4_000).length).toBeGreaterThanOrEqual(3);
  expect(
    ticks
      .filter(({ instant }) => instant > back)
      .every(({ outcome }) => outcome === 'fired' || outcome === 'caught_up'),
  ).toBe(true);
});

it('a removed pipeline has no tick after the answer', async () => {
  await on.register('removed', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
  await on.register('witness', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
  const reads = staleReads(on.store);
  await Promise.all([1, 2].map(() => on.scheduler({}, reads.store)));
  await until('removed', 'a run', (ticks) => ticks.some(({ outcome }) => outcome === 'fired'));
  const { answeredAt } = await reads.changeUnseen(async () => {
    await on.store.retirePipeline('removed' as PipelineName);
    return { answeredAt: await on.store.now() };
  });
  await handledUpTo('witness', answeredAt + 1_000);
  expect((await on.ledger('removed'))[0]!.instant).toBeLessThanOrEqual(answeredAt);
  expect((await on.runsOf('removed')).every((run) => run.createdAt <= answeredAt)).toBe(true);
});

it('an override that is removed leaves the ticks of the definition', async () => {
  await on.register('fallen', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
  await on.scheduler();
  await editSchedule(on.store, 'fallen', 'ann', (now) => ({ settings: { ...settingsOf(now), cron: '0 0 1 1 *' } }));
  expect(await deleteSchedule(on.store, 'fallen')).toEqual({ fallsBack: true });
  const answeredAt = await on.store.now();
  await handledUpTo('fallen', answeredAt + 2_500);
  const after = (await on.ledger('fallen')).filter(({ instant }) => instant > answeredAt);
  expect(after.every(({ outcome }) => outcome === 'fired')).toBe(true);
});

/** The report of an API process that has loaded the files. */
const filesDefine = (...pipelines: string[]) =>
  on.store.registerDefinitions({ source: 'files', ttlMs: 60_000, pipelines, broken: [], loaded: true });

it('ticks of a pipeline that no file defines are skipped with the reason, for API and definition schedules alike, and resume by themselves when one does', async () => {
  const { name } = await on.register('gone', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
  await createSchedule(on.store, {
    id: 'own',
    pipeline: name,
    settings: EACH_SECOND,
    paused: false,
    note: null,
    by: 'ann',
    idempotency: null,
  });
  await filesDefine('other');
  await on.scheduler();
  for (const id of ['gone', 'own']) {
    await until(id, 'a tick to be skipped', (ticks) => ticks.length > 0);
    expect((await on.ledger(id))[0]).toMatchObject({
      outcome: 'skipped',
      reason: 'no file defines pipeline gone',
      runId: null,
    });
  }
  expect(await on.runsOf('gone')).toEqual([]);
  await filesDefine('gone', 'other');
  const answeredAt = await on.store.now();
  for (const id of ['gone', 'own']) {
    await handledUpTo(id, answeredAt + 1_000);
    const after = (await on.ledger(id)).filter(({ instant }) => instant > answeredAt);
    expect(after.every(({ outcome }) => outcome === 'fired')).toBe(true);
  }
});

it('a broken file skips them too, unless a live worker has what it said before', async () => {
  const { name, version } = await on.register('broken', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
  await on.store.registerDefinitions({
    source: 'files',
    ttlMs: 60_000,
    pipelines: [],
    broken: ['broken'],
    loaded: true,
  });
  await on.scheduler();
  await until('broken', 'a tick to be skipped', (ticks) => ticks.length > 0);
  expect((await on.ledger('broken'))[0]).toMatchObject({
    outcome: 'skipped',
    reason: 'the file that defines pipeline broken is broken',
  });
  const info = { host: 'test', pid: 1, queues: ['default'], concurrency: 1, pipelines: [`${name}@${version}`] };
  await on.store.renewLease({ worker: 'w' as WorkerId, ttlMs: 60_000, info, register: true, held: [] });
  await until('broken', 'a tick to run', (ticks) => ticks.some(({ outcome }) => outcome === 'fired'));
});

it('while a deployment restarts no tick is skipped by an old report, and none of a defined pipeline waits for long', async () => {
  await on.register('back', {
    overlap: 'allow',
    schedules: [{ cron: '* * * * * *', catchUp: { policy: 'all', window: '1h' } }],
  });
  await on.register('witness', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
  const begun = await on.store.now();
  for (const scheduleId of ['back', 'witness'])
    await on.store.recordTick({ scheduleId, instant: begun, outcome: 'skipped', reason: null });
  await filesDefine('witness');
  await on.store.releaseDefinitions('files');
  await on.scheduler();
  await until('witness', 'a tick to run though nobody tells', (ticks) =>
    ticks.some(({ outcome }) => outcome === 'fired'),
  );
  expect((await on.ledger('witness')).filter(({ outcome }) => outcome !== 'fired')).toEqual([]);
  expect(await on.ledger('back')).toEqual([]);
  await filesDefine('back', 'witness');
  const answeredAt = await on.store.now();
  await handledUpTo('back', answeredAt + 1_000);
  const ticks = await on.ledger('back');
  expect(ticks.filter(({ outcome }) => outcome === 'skipped')).toEqual([]);
  expect(ticks.at(-1)!.instant).toBeLessThanOrEqual(begun + 1_000);
});
