import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
  return () => deployment.stop();
});
afterAll(closeBrowser);

/** The browser says 4xx answers on its console. */
const REFUSED = /status of 4\d\d/;
const runShown = async (page: Page) => {
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  return deployment.untilRun(/\/runs\/([0-9a-f-]{36})/.exec(page.url())![1]!, 'succeeded', 'failed');
};
const runsOf = async (pipeline: string) =>
  (await deployment.call<{ items: unknown[] }>('GET', `/api/v1/runs?pipeline=${pipeline}`)).items.length;

test('every kind of param has a field, is checked by the API beside it, and arrives as entered', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/pipelines/params/start');
  expectComplaint(REFUSED);
  await page.getByLabel('title').fill('ab');
  await page.getByLabel('copies').fill('twelve');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const title = page.getByLabel('title');
  await page.locator('[id="at-params.title-errors"]').getByText(/./).waitFor();
  expect(await title.evaluate('document.activeElement === document.getElementById("at-params.title")')).toBe(true);
  await page
    .locator('[id="at-params.copies-errors"]')
    .getByText(/number/)
    .waitFor();
  await page.locator('[id="at-params.day-errors"]').getByText(/./).waitFor();
  await page.locator('[id="at-params.address.city-errors"]').getByText(/./).waitFor();
  await expectAccessible(page);

  await title.fill('Prices');
  await page.getByLabel('Output format').selectOption('json');
  await page.getByLabel('copies').fill('3');
  await page.getByLabel('threshold').fill('0.25');
  await page.getByLabel('day', { exact: false }).first().fill('2026-01-05');
  await page.getByRole('checkbox', { name: 'dry' }).check();
  await page.getByRole('button', { name: 'Add an entry to tags' }).click();
  await page.getByLabel('tags 2').fill('weekly');
  await page.getByLabel('city').fill('Oslo');
  await page.getByRole('button', { name: 'Add a label' }).click();
  await page.getByLabel('Name of label 1').fill('team');
  await page.getByLabel('Value of label 1').fill('data');
  await page.getByLabel('Reason').fill('a test');
  await page.getByRole('button', { name: 'Check only' }).click();
  await page.getByRole('heading', { name: 'Check passed: this would start' }).waitFor();
  expect(await runsOf('params')).toBe(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Start', exact: true }).dblclick();
  const run = await runShown(page);
  expect(run.params).toEqual({
    title: 'Prices',
    format: 'json',
    copies: 3,
    threshold: 0.25,
    day: '2026-01-05',
    dry: true,
    tags: ['daily', 'weekly'],
    address: { city: 'Oslo' },
  });
  expect(run).toMatchObject({ labels: { team: 'data' }, reason: 'a test' });
  // The double click was one start.
  expect(await runsOf('params')).toBe(1);

  await page.goto(`/pipelines/params/start?from=${run.run_id}`);
  await expect.poll(() => page.getByLabel('title').inputValue()).toBe('Prices');
  expect(await page.getByLabel('tags 2').inputValue()).toBe('weekly');
});

test('a mode sets the defaults; what is said goes over it; the same as JSON', async () => {
  const { page } = await openPage(deployment, '/pipelines/params/start');
  await page.getByLabel('Mode').selectOption('draft');
  await page.getByText('Default: csv').waitFor();
  await page.getByRole('button', { name: 'As JSON' }).click();
  const json = page.getByLabel('Params as JSON');
  await json.fill('{');
  await page.getByText(/^not JSON/).waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  expect(await json.evaluate('document.activeElement.id')).toBe('at-params');
  await json.fill('{"title":"From JSON","day":"2026-01-05","address":{"city":"Rome"},"copies":2}');
  await page.getByRole('button', { name: 'As a form' }).click();
  expect(await page.getByLabel('title').inputValue()).toBe('From JSON');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const run = await runShown(page);
  expect(run).toMatchObject({ mode: 'draft', params: { title: 'From JSON', format: 'csv', copies: 2 } });
});

test('by keyboard alone, from the pipeline to its run', async () => {
  const { page } = await openPage(deployment, '/pipelines/steady/start');
  const reason = page.getByLabel('Reason');
  await reason.focus();
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  expect(await runShown(page)).toMatchObject({ pipeline: 'steady', reason: 'by keyboard' });
});

test('where one run at a time is the rule, a second start names the live one', async () => {
  const live = await deployment.start('slow');
  const { page, expectComplaint } = await openPage(deployment, '/pipelines/slow/start');
  expectComplaint(REFUSED);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText('A run is already live, and this pipeline allows one at a time').waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: `Open the live run ${live}` }).click();
  await page.waitForURL(`**/runs/${live}*`);
});

test('titles, descriptions and choices of a hostile schema stay text, and fit a phone', async () => {
  const { page } = await openPage(deployment, '/pipelines/hostile/start', { viewport: 'phone', theme: 'dark' });
  await page.getByText('alert("script")').first().waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  await expectAccessible(page);
});
