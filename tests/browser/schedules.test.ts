/**
 * Schedules: listed, edited with a preview, paused and resumed, run now, made and removed; by mouse and by keyboard.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@millrace/core/testing';
import type { WireSchedule } from '@millrace/core/wire';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { ownDeployment } from './own-deployment.ts';
import { openPage } from './page.ts';
import { PAYLOADS } from './pipelines/payloads.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

const stored = (id: string) => deployment.call<WireSchedule>('GET', `/api/v1/schedules/${id}`);
const row = (page: Page, id: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name: id, exact: true }) });

test('the list shows when each is due, in words; the filters are in the address', async () => {
  const { page } = await openPage(deployment, '/schedules');
  await row(page, 'new-year').getByText('0 4 1 1 *').waitFor();
  await row(page, 'new-year').getByText('Europe/Berlin').waitFor();
  await expectAccessible(page);
  await page.getByLabel('Search').fill('century');
  await row(page, 'new-year').waitFor({ state: 'detached' });
  expect(new URL(page.url()).search).toBe('?text=century');
  await page.reload();
  await row(page, 'each-century').waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
});

test('pausing asks why and shows who, when and why; resuming takes it back', async () => {
  const { page } = await openPage(deployment, '/schedules');
  await page.getByRole('button', { name: 'Pause each-century' }).click();
  const dialog = page.getByRole('dialog');
  await expectAccessible(page);
  await dialog.getByLabel('Reason').fill(PAYLOADS['image']!);
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await row(page, 'each-century').getByText(`“${PAYLOADS['image']}”`).waitFor();
  await row(page, 'each-century').getByText('by admin').waitFor();
  expect(await stored('each-century')).toMatchObject({ paused: true, note: PAYLOADS['image'] });
  await page.getByRole('button', { name: 'Resume each-century' }).click();
  await dialog.getByRole('button', { name: 'Resume' }).click();
  await row(page, 'each-century').getByText('active').waitFor();
  expect((await stored('each-century')).paused).toBe(false);
});

test('an edit is previewed in words and instants, saved, compared with the definition, and reset to it', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/schedules/new-year');
  expectComplaint(/422/);
  const preview = page.getByRole('group', { name: 'Preview of the next fires' });
  await preview.getByText('04:00:00').first().waitFor();
  await page.getByLabel('Cron', { exact: true }).fill('0 30 5 1 1');
  await page.getByText(/Cron: /).waitFor();
  await page.getByLabel('Cron', { exact: true }).fill('30 5 1 1 *');
  await page.getByText('At 05:30, on day 1 of the month, only in January').waitFor();
  await preview.getByText('05:30:00').first().waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('the definition says').waitFor();
  expect(await stored('new-year')).toMatchObject({ cron: '30 5 1 1 *', timezone: 'Europe/Berlin', set_by: 'api' });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Reset to the definition' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
  await page.getByText('These settings come from the definition').waitFor();
  expect(await page.getByLabel('Cron', { exact: true }).inputValue()).toBe('0 4 1 1 *');
  expect(await stored('new-year')).toMatchObject({ cron: '0 4 1 1 *', set_by: 'definition' });
});

test('what the API refuses stands at its field, and nothing is changed', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/schedules/new-year');
  expectComplaint(/422/);
  await page.getByLabel('Time zone').fill('Europe/Atlantis');
  await page.getByText(/Time zone: .*Atlantis/).waitFor();
  expect(await page.getByLabel('Time zone').getAttribute('aria-invalid')).toBe('true');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').filter({ hasText: 'Could not save the changes' }).waitFor();
  await expectAccessible(page);
  expect((await stored('new-year')).timezone).toBe('Europe/Berlin');
});

test('mode, params and stages have the fields of a start, problems beside them, and are saved', async () => {
  const params = { title: 'Prices', day: '2026-01-05', address: { city: 'Oslo' } };
  await deployment.call('POST', '/api/v1/schedules', { id: 'printed', pipeline: 'params', cron: '0 0 29 2 1', params });
  const { page, expectComplaint } = await openPage(deployment, '/schedules/printed');
  expectComplaint(/422/);
  await expect.poll(() => page.getByLabel('title').inputValue()).toBe('Prices');
  await page.getByLabel('title').fill('ab');
  await page.getByLabel('copies').fill('twelve');
  await page.getByLabel('Mode').selectOption('draft');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('[id="at-params.title-errors"]').getByText(/./).waitFor();
  await page
    .locator('[id="at-params.copies-errors"]')
    .getByText(/number/)
    .waitFor();
  expect(
    await page.getByLabel('title').evaluate('document.activeElement === document.getElementById("at-params.title")'),
  ).toBe(true);
  await expectAccessible(page);
  expect(await stored('printed')).toMatchObject({ mode: null, params });

  await page.getByLabel('title').fill('Weekly');
  await page.getByLabel('copies').fill('3');
  await page.getByText('Default: csv').waitFor();
  await page.getByLabel('Mode').selectOption('none');
  await page.getByText('Default: html').waitFor();
  expect([await page.getByLabel('title').inputValue(), await page.getByLabel('copies').inputValue()]).toEqual([
    'Weekly',
    '3',
  ]);
  await page.getByRole('button', { name: 'As JSON' }).click();
  await page.getByLabel('Params as JSON').fill('{');
  await page.getByRole('button', { name: 'Save' }).click();
  expect(await page.evaluate('document.activeElement.id')).toBe('at-params');
  await page.getByLabel('Params as JSON').fill(JSON.stringify({ ...params, title: 'As JSON' }));
  await page.getByRole('button', { name: 'As a form' }).click();
  await page.getByLabel('Mode').selectOption('draft');
  await page.getByText('Stages', { exact: false }).filter({ hasText: 'all 1' }).click();
  await page.getByRole('button', { name: 'None' }).click();
  await page.getByRole('checkbox', { name: 'print' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved: applies from the next tick.').waitFor();
  expect(await stored('printed')).toMatchObject({
    mode: 'draft',
    stages: ['print'],
    params: { ...params, title: 'As JSON' },
  });
  await deployment.call('DELETE', '/api/v1/schedules/printed');
});

test('a new schedule has the fields of the params of its pipeline; another pipeline and back loses none of them', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/schedules/~new?pipeline=params');
  expectComplaint(/422/);
  await page.getByLabel('Name').fill('with-params');
  await page.getByLabel('title').fill('Prices');
  await page.getByLabel('Pipeline').selectOption('steady');
  await page.getByLabel('title').waitFor({ state: 'detached' });
  await page.getByLabel('Pipeline').selectOption('params');
  expect(await page.getByLabel('title').inputValue()).toBe('Prices');
  await page.getByRole('button', { name: 'Create schedule' }).click();
  await page.locator('[id="at-params.day-errors"]').getByText(/./).waitFor();
  await page.getByLabel('day', { exact: false }).first().fill('2026-01-05');
  await page.getByLabel('city').fill('Oslo');
  await page.getByRole('button', { name: 'Create schedule' }).click();
  await page.getByRole('heading', { name: 'with-params' }).waitFor();
  expect(await stored('with-params')).toMatchObject({
    params: { title: 'Prices', day: '2026-01-05', address: { city: 'Oslo' } },
  });
  await deployment.call('DELETE', '/api/v1/schedules/with-params');
});

test('a schedule may be called "new": the form is elsewhere', async () => {
  await deployment.call('POST', '/api/v1/schedules', { id: 'new', pipeline: 'steady', cron: '0 0 29 2 1' });
  const { page } = await openPage(deployment, '/schedules');
  await page.getByRole('link', { name: 'New schedule' }).click();
  await page.getByRole('heading', { name: 'New schedule' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'New schedule' }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'new', exact: true }).click();
  await page.getByRole('heading', { name: 'new', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Remove' }).waitFor();
  await deployment.call('DELETE', '/api/v1/schedules/new');
});

test('where clocks are set between two fires is marked', async () => {
  await deployment.call('POST', '/api/v1/schedules', {
    id: 'early',
    pipeline: 'steady',
    cron: '30 2 * 3,10 0',
    timezone: 'Europe/Berlin',
  });
  const { page } = await openPage(deployment, '/schedules/early', { timezone: 'America/New_York', theme: 'dark' });
  await page
    .getByText(/clocks change from \+0[12]:00 before this/)
    .first()
    .waitFor();
  await expectAccessible(page);
  await deployment.call('DELETE', '/api/v1/schedules/early');
});

test('made, run now, and removed, by keyboard alone', async () => {
  const { page } = await openPage(deployment, '/schedules/~new?pipeline=steady');
  await page.getByLabel('Name').focus();
  await page.keyboard.type('by-hand');
  await page.getByLabel('Cron', { exact: true }).focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('0 0 29 2 1');
  await page.getByText('only in February').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'by-hand' }).waitFor();
  expect(await stored('by-hand')).toMatchObject({
    pipeline: 'steady',
    cron: '0 0 29 2 1',
    set_by: 'api',
    definition: null,
  });
  await page.getByRole('button', { name: 'Run now: by-hand' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  const run = await deployment.untilRun(new URL(page.url()).pathname.split('/').at(-1)!, 'succeeded');
  expect(run.trigger).toMatchObject({ schedule_id: 'by-hand' });
  await page.goBack();
  await page.getByRole('heading', { name: 'by-hand' }).waitFor();
  await page.getByRole('button', { name: 'Remove' }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/schedules$/);
  await row(page, 'new-year').waitFor();
  expect(await row(page, 'by-hand').count()).toBe(0);
});

test('going back before the started run is shown finds the schedule as it was, and its buttons work', async () => {
  const { page } = await openPage(deployment, '/schedules/each-century');
  // A slow network: the screen of runs never comes.
  await page.route(/\/run-screen-[^/]*\.js$/, () => {});
  await page.getByRole('button', { name: 'Run now: each-century' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click();
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  await page.goBack();
  await page.waitForURL(/\/schedules\/each-century$/);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Pause each-century' }).press('Enter');
  await page.getByRole('dialog', { name: 'Pause each-century?' }).waitFor();
});

test('the ledger grows by itself as ticks fire, each with its run', async () => {
  await deployment.call('POST', '/api/v1/schedules', { id: 'often', pipeline: 'steady', every: '1s' });
  const { page } = await openPage(deployment, '/schedules/often', { viewport: 'phone' });
  const fired = page.getByRole('region', { name: 'Past ticks' }).getByRole('row').filter({ hasText: 'fired' });
  await waitFor(async () => expect(await fired.count()).toBeGreaterThan(1), {
    timeoutMs: 30_000,
    what: 'two ticks to be listed',
  });
  await deployment.call('POST', '/api/v1/schedules/often/pause', { note: 'enough' });
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await fired.last().getByRole('link').click();
  await page.waitForURL(/\/runs\//);
  await deployment.call('DELETE', '/api/v1/schedules/often');
});

test('a schedule that does not exist', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/schedules/none');
  expectComplaint(/404/);
  await page.getByText('Schedule not found').waitFor();
  await expectAccessible(page);
});

test('of more schedules than one page has, each is found; what is not drawn is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-many-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const schedules = Array.from(
    { length: 512 },
    (_, number) => `  - { id: z${String(number).padStart(3, '0')}, cron: "0 0 29 2 1" }`,
  );
  writeFileSync(
    join(folder, 'many.pipeline.yaml'),
    ['name: many', 'schedules:', ...schedules, 'stages: { only: { run: { command: [node, --version] } } }'].join('\n'),
  );
  const own = await ownDeployment({ workers: 0, pipelines: [folder] });
  const { page } = await openPage(own, '/schedules');
  await page.getByText('512 schedules').waitFor();
  await page.getByText('Showing the first 500 of 512. Search for the others.').waitFor();
  expect(await row(page, 'z511').count()).toBe(0);
  await page.getByLabel('Search').fill('z511');
  await row(page, 'z511').waitFor();
  await page.getByText('1 of 512').waitFor();
});
