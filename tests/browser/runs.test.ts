import { shortRunId } from '@millrace/core/domain';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';

/** More than one page of the API, and than fits into the window. */
const MANY = 130;

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
  const failed = await deployment.start('failing', {}, { labels: { kind: 'the-only-one' } });
  const hostile = await deployment.start(
    'hostile',
    {},
    { labels: { '<img src=x onerror=alert(1)>': '"><svg onload=alert(2)>' }, reason: '<script>alert(3)</script>' },
  );
  await Promise.all([deployment.untilRun(failed, 'failed'), deployment.untilRun(hostile, 'failed')]);
  for (let started = 0; started < MANY; started += 1)
    await deployment.start('steady', {}, { labels: { round: String(started) } });
  return () => deployment.stop();
});
afterAll(closeBrowser);

const linkName = (runId: string) => `Run …${shortRunId(runId)} of steady`;
const rows = (page: Page) => page.locator('tbody tr[data-index]');
const wheel = async (page: Page, by: number): Promise<void> => {
  await page.getByRole('region', { name: 'Runs, newest first' }).hover();
  await page.mouse.wheel(0, by);
};

test('filters narrow the list, stand in the address, and survive back and forward', async () => {
  const { page } = await openPage(deployment, '/runs');
  await rows(page).first().waitFor();
  await expectAccessible(page);
  await page.getByLabel('Pipeline').selectOption('failing');
  await page.getByText('One run', { exact: true }).waitFor();
  await page.getByLabel('Pipeline').selectOption('');
  await page.getByLabel('Status: any').click();
  await page.getByRole('checkbox', { name: 'failed' }).check();
  await page.getByText('2 runs in all').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox', { name: 'Text' }).fill('the-only-one');
  await page.getByText('One run', { exact: true }).waitFor();
  expect(page.url()).toContain('status=failed');
  expect(page.url()).toContain('text=the-only-one');
  await page.reload();
  await page.getByText('One run', { exact: true }).waitFor();
  await rows(page).first().getByRole('link').click();
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  await page.goBack();
  await page.getByText('One run', { exact: true }).waitFor();
  expect(await page.getByRole('searchbox', { name: 'Text' }).inputValue()).toBe('the-only-one');
  await page.getByRole('searchbox', { name: 'Text' }).fill('nothing has this');
  await page.getByText('No run matches these filters').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect.poll(() => rows(page).count()).toBeGreaterThan(5);
});

test('the last hour is kept as an instant', async () => {
  const { page } = await openPage(deployment, '/runs');
  await page.getByRole('search').getByLabel('Time').selectOption('1h');
  await expect.poll(() => page.url()).toContain('since=');
  await page.getByLabel('Since').waitFor();
  await rows(page).first().waitFor();
  await expectAccessible(page);
});

test('new runs come on top by themselves; while the reader is further down they wait, and nothing moves', async () => {
  const { page } = await openPage(deployment, '/runs');
  await rows(page).first().waitFor();
  await page.getByRole('status', { name: 'Connection: live' }).waitFor();
  const first = await deployment.start('steady', {}, { labels: { round: 'at the top' } });
  await page.getByRole('link', { name: linkName(first) }).waitFor();
  await wheel(page, 1_500);
  const seen = await page.locator('tbody tr[data-index="45"] a').getAttribute('aria-label');
  const height = await page.locator('tbody tr[data-index="45"]').boundingBox();
  const second = await deployment.start('steady', {}, { labels: { round: 'while away' } });
  await page.getByRole('button', { name: '1 new run' }).waitFor();
  expect(await page.locator('tbody tr[data-index="45"] a').getAttribute('aria-label')).toBe(seen);
  expect(await page.locator('tbody tr[data-index="45"]').boundingBox()).toEqual(height);
  await expectAccessible(page);
  await page.getByRole('button', { name: '1 new run' }).click();
  await page.getByRole('link', { name: linkName(second) }).waitFor();
  await page.getByRole('button', { name: '1 new run' }).waitFor({ state: 'hidden' });
});

test('by keyboard: j and k go through the rows, Enter opens; the end of the list is reached and few rows are drawn', async () => {
  const { page } = await openPage(deployment, '/runs');
  await rows(page).first().waitFor();
  for (const [key, index] of [
    ['j', 0],
    ['j', 1],
    ['j', 2],
    ['k', 1],
  ] as const) {
    await page.keyboard.press(key);
    await page.locator(`tr[data-index="${index}"]:focus-within`).waitFor();
  }
  await wheel(page, 100_000);
  await page.getByText(/1\d\d runs in all/).waitFor();
  await wheel(page, 100_000);
  await page.getByRole('link', { name: /of failing/ }).waitFor();
  expect(await rows(page).count()).toBeLessThan(80);
  await page.getByRole('link', { name: /of failing/ }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
});

test('on a phone in the dark the table scrolls in its own box', async () => {
  const { page } = await openPage(deployment, '/runs?pipeline=hostile', { viewport: 'phone', theme: 'dark' });
  await rows(page).first().waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  await expectAccessible(page);
});
