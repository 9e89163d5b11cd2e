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

test('a pipeline is started, watched and stopped from the overview, and its strip shows how it ended', async () => {
  const { page } = await openPage(deployment, '/');
  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'slow' }) });
  await row.getByRole('button', { name: 'Start slow' }).dblclick();
  await row.getByRole('link', { name: /Live run .* of slow/ }).waitFor();
  await row.getByText('1/3 stages').waitFor();
  await row.getByRole('button', { name: 'Stop the live run of slow' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel this run of slow?' });
  await expectAccessible(page);
  await dialog.getByLabel('Reason').fill('enough');
  await dialog.getByRole('button', { name: 'Cancel the run' }).click();
  await row.getByRole('link', { name: /^cancelled,/ }).waitFor();
  await row.getByText('idle').waitFor();
  // The double click was one start.
  expect(await row.getByRole('list', { name: 'Last 1 runs of slow' }).getByRole('listitem').count()).toBe(1);
  await row.getByRole('link', { name: /^cancelled,/ }).click();
  await page.getByText('enough').first().waitFor();
});

test('a pipeline and all of them are paused and resumed; the overview says by whom', async () => {
  const { page } = await openPage(deployment, '/pipelines/slow');
  await page.getByRole('button', { name: 'Pause pipeline' }).click();
  await page.getByLabel('Reason').fill('<b>move</b>');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByText('slow is paused by admin').waitFor();
  await expectAccessible(page);
  await page.goto('/');
  const attention = page.getByRole('region', { name: /Needs attention/ });
  await attention.getByText(/^paused by admin for .*: <b>move<\/b>$/).waitFor();
  await page.getByRole('button', { name: 'Pause all' }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await attention.getByText(/^the whole deployment is paused by admin for/).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Resume all' }).click();
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await page.getByRole('button', { name: 'Pause all' }).waitFor();
  await attention.getByText(/^paused by admin/).waitFor();
  await page.goto('/pipelines/slow');
  await page.getByRole('button', { name: 'Resume pipeline' }).click();
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await page.getByRole('button', { name: 'Pause pipeline' }).waitFor();
});

test('what failed stands first, with a link to the run; events come in by themselves; hostile text stays text', async () => {
  const { page } = await openPage(deployment, '/');
  await page.getByRole('status', { name: 'Connection: live' }).waitFor();
  const failed = await deployment.start('failing');
  const hostile = await deployment.start('hostile');
  const attention = page.getByRole('region', { name: /Needs attention/ });
  await attention.getByRole('link', { name: 'See the run of hostile' }).waitFor();
  const events = page.getByRole('list', { name: 'Latest events, newest first' });
  await events.getByText('run failed').first().waitFor();
  await expectAccessible(page);
  await deployment.untilRun(hostile, 'failed');
  await attention.getByRole('link', { name: 'See the run of failing' }).click();
  await page.waitForURL(`**/runs/${failed}*`);
});

test('the page of a pipeline begins with what is broken, and why; a paused schedule is not broken', async () => {
  await deployment.untilRun(await deployment.start('failing'), 'failed');
  await deployment.call('POST', '/api/v1/schedules/new-year/pause', {});
  const { page } = await openPage(deployment, '/pipelines/failing');
  const attention = page.getByRole('region', { name: /Needs attention/ });
  await attention.getByText(/failed: load: /).waitFor();
  const [attentionAt, healthAt] = await Promise.all(
    [attention, page.getByRole('region', { name: 'Health' })].map(async (region) => (await region.boundingBox())!.y),
  );
  expect(attentionAt).toBeLessThan(healthAt!);
  await expectAccessible(page);
  await page.goto('/pipelines/scheduled');
  await page.getByRole('region', { name: 'Health' }).waitFor();
  expect(await attention.count()).toBe(0);
  await page.goto('/');
  await attention.waitFor();
  expect(await attention.getByText('paused').count()).toBe(0);
  await deployment.call('POST', '/api/v1/schedules/new-year/resume', {});
});

test('at every width each row shows all of its buttons, and none of them covers a figure', async () => {
  const { page } = await openPage(deployment, '/');
  await deployment.untilRun(await deployment.start('slow'), 'running');
  await page.getByRole('button', { name: 'Stop the live run of slow' }).waitFor();
  const cut = `[...document.querySelectorAll('main li a, main li button')].filter((one) => {
    const [mine, row] = [one.getBoundingClientRect(), one.closest('section').getBoundingClientRect()];
    return mine.right > row.right || mine.left < row.left;
  }).map((one) => one.textContent)`;
  const covered = `[...document.querySelectorAll('main li')].flatMap((row) => {
    const boxes = (what) => [...row.querySelectorAll(what)].map((one) => [one.textContent, one.getBoundingClientRect()]);
    return boxes('button, h3, a').flatMap(([name, a]) => boxes('dt, dd, h3').filter(([text, b]) =>
      name !== text && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1).map(([text]) => name + ' over ' + text));
  })`;
  for (const width of [400, 768, 1024, 1100, 1280, 1300, 1320, 1440, 1600, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(cut), `at ${width} px`).toEqual([]);
    expect(await page.evaluate(covered), `at ${width} px`).toEqual([]);
  }
  deployment.letSlowEnd();
});

test('by keyboard: the filter, then the pipeline, then back', async () => {
  const { page } = await openPage(deployment, '/');
  await page.getByRole('searchbox', { name: 'Filter the pipelines' }).focus();
  await page.keyboard.type('stead');
  await page.getByRole('heading', { name: 'slow' }).waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'steady', exact: true }).first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'steady' }).waitFor();
  await page.getByRole('table').waitFor();
  await expectAccessible(page);
});

test('on a phone in the dark nothing is wider than the screen', async () => {
  // Its error is thousands of characters without a break, and is among the latest events.
  await deployment.untilRun(await deployment.start('hostile'), 'failed');
  const { page } = await openPage(deployment, '/', { viewport: 'phone', theme: 'dark' });
  await page.getByRole('list', { name: 'Latest events, newest first' }).getByText('AAAAAAAA').first().waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  await expectAccessible(page);
});

test('a pipeline that is not there, or no longer, leads to its runs', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/pipelines/removed');
  expectComplaint(/404/);
  await page.getByText('This pipeline is not defined').waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Runs of removed' }).waitFor();
});

test('a browser whose clock is wrong is warned', async () => {
  const { page } = await openPage(deployment, '/');
  await page.clock.setSystemTime(Date.now() + 10 * 60_000);
  await page.reload();
  await page
    .getByRole('alert')
    .filter({ hasText: /clock is (9 m 5\d s|10 m 0\d s) ahead of the server's/ })
    .waitFor();
});

test('a pipeline that is removed while its page is open: the page reports it with the next event', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/pipelines/params');
  expectComplaint(/404/);
  await page.getByRole('heading', { name: 'params', level: 1 }).waitFor();
  await deployment.call('DELETE', '/api/v1/pipelines/params');
  await deployment.start('steady');
  await page.getByText('This pipeline is not defined').waitFor();
});
