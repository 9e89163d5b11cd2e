import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { closeBrowser } from './chromium.ts';
import { ownDeployment } from './own-deployment.ts';
import { openPage } from './page.ts';

afterAll(closeBrowser);

const badge = (page: Page, word: string) => page.getByRole('status', { name: `Connection: ${word}` });
const banner = (page: Page, text: string) => page.getByRole('alert').filter({ hasText: text });
/** Console message of a browser while the API is down. */
const NOBODY_THERE = /Failed to load resource|WebSocket connection|ERR_CONNECTION_REFUSED/;

/** A reload would forget it. */
const mark = (page: Page): Promise<unknown> => page.evaluate('void (globalThis.sameDocument = true)');
const expectSameDocument = async (page: Page): Promise<void> =>
  expect(await page.evaluate('globalThis.sameDocument')).toBe(true);

test('the network is gone for a while, as when a laptop sleeps: what was missed is there afterwards', async () => {
  const deployment = await ownDeployment();
  const runId = await deployment.start('slow');
  await deployment.untilRun(runId, 'running');
  const { page, expectComplaint } = await openPage(deployment, `/runs/${runId}`);
  expectComplaint(NOBODY_THERE);
  expectComplaint(/ERR_INTERNET_DISCONNECTED/);
  await page.getByRole('group', { name: 'Stage graph' }).waitFor();
  await badge(page, 'live').waitFor();
  await mark(page);
  await page.context().setOffline(true);
  deployment.letSlowEnd();
  await deployment.untilRun(runId, 'succeeded');
  await page.context().setOffline(false);
  await page.getByText('succeeded').first().waitFor();
  await expectSameDocument(page);
});

test('a run whose first reading fails is shown as soon as the API answers', async () => {
  const deployment = await ownDeployment();
  const runId = await deployment.start('slow');
  await deployment.untilRun(runId, 'running');
  const { page, expectComplaint } = await openPage(deployment, '/');
  expectComplaint(/ERR_FAILED/);
  await page.route('**/api/v1/runs/**', (route) => route.abort());
  await page.goto(`/runs/${runId}`);
  await banner(page, 'The API is not responding').waitFor();
  await page.unroute('**/api/v1/runs/**');
  await page.getByText('running').first().waitFor();
  await banner(page, 'The API is not responding').waitFor({ state: 'hidden' });
});

test('Redis dies: a banner says so, and goes once Redis is back', async () => {
  const deployment = await ownDeployment();
  const runId = await deployment.start('slow');
  await deployment.untilRun(runId, 'running');
  const { page, expectComplaint } = await openPage(deployment, `/runs/${runId}`);
  expectComplaint(NOBODY_THERE);
  await badge(page, 'live').waitFor();
  await mark(page);
  await deployment.redis.kill9();
  await banner(page, 'Redis is unavailable: this page').waitFor();
  await deployment.redis.restart();
  await banner(page, 'Redis is unavailable: this page').waitFor({ state: 'hidden' });
  deployment.letSlowEnd();
  await page.getByText('succeeded').first().waitFor();
  await expectSameDocument(page);
});

test('a screen that could not be fetched because the API was away is shown once it is back', async () => {
  const deployment = await ownDeployment();
  const { page, expectComplaint } = await openPage(deployment, '/');
  expectComplaint(NOBODY_THERE);
  expectComplaint(/dynamically imported module|ERR_FAILED/);
  await badge(page, 'live').waitFor();
  await page.route('**/assets/system-screen-*.js', (route) => route.abort());
  await page.route('**/readyz', (route) => route.abort());
  await page.getByRole('link', { name: 'System' }).click();
  await page.getByText('Part of this page could not be loaded').waitFor();
  await page.unroute('**/assets/system-screen-*.js');
  await page.unroute('**/readyz');
  await page.getByRole('heading', { name: 'System', level: 1 }).waitFor();
});
