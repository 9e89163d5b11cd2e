/** The page of one pipeline while it works: what it does now, and what its newest success left behind. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';
import { CHART_PNG } from './pipelines/artifacts.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

test('the live run is shown with its stages, leads to its page, and goes when it has ended', async () => {
  const { page } = await openPage(deployment, '/pipelines/slow');
  await page.getByRole('button', { name: 'Start slow' }).click();
  const live = page.getByRole('link', { name: /^Live run .* of slow: running$/ });
  await live.waitFor();
  await page.getByText('1/3 stages').waitFor();
  await expectAccessible(page);
  const { page: other } = await openPage(deployment, '/');
  await Promise.all([
    other.waitForResponse(/\/runs\?.*pipeline=steady/),
    other.getByRole('main').getByRole('link', { name: 'steady', exact: true }).first().click(),
  ]);
  await other.getByRole('heading', { name: 'steady', level: 1 }).waitFor();
  await other.getByRole('region', { name: 'Health' }).getByText('Version').waitFor();
  expect(await other.getByRole('link', { name: /^Live run/ }).count(), 'that of another pipeline is not there').toBe(0);
  const runId = (await live.getAttribute('href'))!.split('/').at(-1)!;
  expect(await deployment.untilRun(runId, 'running')).toMatchObject({ pipeline: 'slow' });
  deployment.letSlowEnd();
  await live.waitFor({ state: 'detached' });
  await page.getByRole('region', { name: 'Recent runs' }).getByText('succeeded').waitFor();
});

test.each(['desktop', 'phone'] as const)(
  'the artifacts of the newest success: the report first, each opened and downloaded from there, on a %s',
  async (viewport) => {
    const before = await deployment.start('steady');
    await deployment.untilRun(before, 'succeeded');
    const { page } = await openPage(deployment, '/pipelines/steady', { viewport });
    const latest = page.getByRole('region', { name: 'Latest artifacts' });
    const report = latest.getByRole('link', { name: 'report.html', exact: true });
    await report.and(page.locator(`[href*="${before}"]`)).waitFor();
    const names = latest.getByRole('listitem').locator('a:not([download])');
    expect(await names.allInnerTexts()).toEqual([
      'report.html',
      'chart.png',
      'notes.txt',
      'analysis.json',
      'raw/temperatures.csv',
    ]);
    await expectAccessible(page);

    const runId = await deployment.start('steady');
    await report.and(page.locator(`[href*="${runId}"]`)).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      latest.getByRole('link', { name: 'Download chart.png' }).click(),
    ]);
    expect(await readFile(await download.path())).toEqual(CHART_PNG);
    await report.click();
    await page.waitForURL(new RegExp(`/runs/${runId}\\?tab=artifacts&artifact=`));
    await page
      .frameLocator('iframe[title="Preview of report.html"]')
      .getByRole('heading', { name: 'Temperatures of Oslo' })
      .waitFor();
  },
);

test('its events are shown as they happen, and none of others', async () => {
  const before = await deployment.start('steady');
  await deployment.untilRun(before, 'succeeded');
  const { page } = await openPage(deployment, '/pipelines/steady');
  const feed = page.getByRole('list', { name: 'Latest events, newest first' });
  const told = (runId: string, msg: string) =>
    feed.getByRole('listitem').filter({ has: page.locator(`a[href*="${runId}"]`), hasText: msg });
  await told(before, 'run succeeded').waitFor();
  const elsewhere = await deployment.start('chatty', { lines: 5 });
  await deployment.untilRun(elsewhere, 'succeeded');
  const runId = await deployment.start('steady');
  await told(runId, 'report: stage succeeded').waitFor();
  await told(runId, 'run succeeded').waitFor();
  expect(await feed.locator(`a[href*="${elsewhere}"]`).count(), 'of another pipeline').toBe(0);
});

test.each([
  { feed: 'of one pipeline', at: '/pipelines/steady' },
  { feed: 'of all', at: '/' },
])('what happened while another screen was open is told on the return: $feed', async ({ at }) => {
  const before = await deployment.start('steady');
  await deployment.untilRun(before, 'succeeded');
  const { page } = await openPage(deployment, at);
  const feed = page.getByRole('list', { name: 'Latest events, newest first' });
  const end = (runId: string) =>
    feed.getByRole('listitem').filter({ has: page.locator(`a[href*="${runId}"]`), hasText: 'run succeeded' });
  await end(before).waitFor();
  await page.getByRole('link', { name: 'System', exact: true }).click();
  await page.getByRole('heading', { name: 'System', level: 1 }).waitFor();
  const meanwhile = await deployment.start('steady');
  await deployment.untilRun(meanwhile, 'succeeded');
  await page.goBack();
  await end(meanwhile).waitFor();
});

test('a pipeline that has left nothing has no such place, nor that of the pipeline before it', async () => {
  await deployment.untilRun(await deployment.start('steady'), 'succeeded');
  const { page } = await openPage(deployment, '/pipelines/scheduled');
  const goTo = async (pipeline: string) => {
    await page.keyboard.press('Control+K');
    await page.getByRole('combobox', { name: /Screen, pipeline/ }).fill(pipeline);
    await page.getByRole('option', { name: `Pipeline ${pipeline}`, selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: pipeline, level: 1 }).waitFor();
  };
  const latest = page.getByRole('region', { name: 'Latest artifacts' });
  await page.getByText('No runs yet: start one, or wait for a schedule.').waitFor();
  await goTo('steady');
  await latest.waitFor();
  await goTo('scheduled');
  await page.getByText('No runs yet: start one, or wait for a schedule.').waitFor();
  expect(await latest.count()).toBe(0);
});
