/** The run page's head, graph, timeline and stage drawer, as a reader uses them. */
import type { WireRun } from '@millrace/core/wire';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';
import { PAYLOADS } from './pipelines/payloads.ts';

let deployment: Deployment;
let failing: string;
let hostile: string;
let flaky: string;
beforeAll(async () => {
  deployment = await startDeployment();
  [failing, hostile, flaky] = await Promise.all([
    deployment.start('failing'),
    deployment.start('hostile'),
    deployment.start('flaky'),
  ]);
  await Promise.all([
    deployment.untilRun(failing, 'failed'),
    deployment.untilRun(hostile, 'failed'),
    deployment.untilRun(flaky, 'succeeded'),
  ]);
  return () => deployment.stop();
});
afterAll(closeBrowser);

const node = (page: Page, stage: string) =>
  page.getByRole('group', { name: 'Stage graph' }).locator(`button[data-stage="${stage}"]`);
const drawer = (page: Page, stage: string) => page.getByRole('complementary', { name: `Stage ${stage}` });
const fitsTheWidth = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth <= innerWidth');

describe('a run that is live', () => {
  test('is followed, cancelled with a reason, and started again', async () => {
    const runId = await deployment.start('slow', {}, { labels: { team: PAYLOADS['image'] } });
    const { page, expectComplaint } = await openPage(deployment, `/runs/${runId}`);
    // The refusal of the second start.
    expectComplaint(/409 \(Conflict\)/);
    await page.getByRole('button', { name: /^wait running.*\d+ % done/ }).waitFor();
    await page.getByText(`team=${PAYLOADS['image']}`).waitFor();
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Pause run' }).click();
    await page.getByLabel(/^Reason/).fill('<i>hold</i> it');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('The run is paused by admin').waitFor();
    await page.getByText('Reason: <i>hold</i> it').waitFor();
    await page.getByText(/No stage starts until it is resumed; 1 running stage goes on to the end/).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Resume run' }).click();
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await page.getByRole('button', { name: 'Pause run' }).waitFor();
    expect(await page.getByText('The run is paused by admin').count()).toBe(0);

    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.getByLabel(/^Reason/).fill('no longer needed <b>at all</b>');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('Cancelled by admin').waitFor();
    await page.getByText('Reason: no longer needed <b>at all</b>').waitFor();
    await page.getByRole('button', { name: /^finish cancelled/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Cancel run' }).count()).toBe(0);
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByRole('dialog').getByText(`"team"`).waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.pathname.endsWith(runId));
    const again = new URL(page.url()).pathname.split('/').at(-1)!;
    await page.getByRole('button', { name: /^wait running/ }).waitFor();

    await page.goto(`/runs/${runId}`);
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Could not start the run').waitFor();
    await page.getByRole('link', { name: 'Open the live run' }).click();
    await page.waitForURL(`**/runs/${again}`);
    await deployment.call('POST', `/api/v1/runs/${again}/cancel`, {});
    await deployment.untilRun(again, 'cancelled');
  });
});

describe('a run that failed', () => {
  test('opens with what failed, its last lines, and a way to the whole log', async () => {
    const { page } = await openPage(deployment, `/runs/${failing}`);
    await page.getByText('load failed in attempt 2').waitFor();
    await page.getByLabel('Last lines of load').getByText('fatal: 20 rows loaded, 1 refused').waitFor();
    await node(page, 'publish').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Full log of attempt 2' }).click();
    await page.waitForURL(/tab=logs/);
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ tab: 'logs', stage: 'load', attempt: '2' });
  });

  test('is retried from where it failed, with the plan shown before', async () => {
    const { page, expectComplaint } = await openPage(deployment, `/runs/${failing}`);
    // The plan that cannot be.
    expectComplaint(/409 \(Conflict\)/);
    await page.getByRole('button', { name: 'Retry…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The plan: 2 runs, 1 reused').waitFor();
    await dialog.getByRole('row', { name: /^extract reused it succeeded/ }).waitFor();
    await expectAccessible(page);
    await dialog.getByLabel('everything').check();
    await dialog.getByText('The plan: 3 runs').waitFor();
    await dialog.getByLabel('from a stage on').check();
    await dialog.getByLabel('The stage').selectOption('publish');
    await dialog.getByText(/stage "load" must run first: it ended failed/).waitFor();
    await dialog.getByLabel('The stage').selectOption('load');
    await dialog.getByText('The plan: 2 runs, 1 reused').waitFor();
    await dialog.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.pathname.endsWith(failing));
    const again = new URL(page.url()).pathname.split('/').at(-1)!;
    await page.getByText('Retry of').waitFor();
    await node(page, 'extract').getByText('reused').waitFor();
    await node(page, 'extract').click();
    await drawer(page, 'extract').getByText('its result is reused').waitFor();
    await deployment.untilRun(again, 'failed');
    await drawer(page, 'extract').getByRole('button', { name: 'Retry from here…' }).click();
    await page.getByRole('dialog').getByText('The plan: 3 runs').waitFor();
    await page.getByRole('button', { name: 'Leave as is' }).click();
    await page.goto(`/runs/${failing}`);
    await page.getByText('Retried as').waitFor();
    expect(await page.locator(`a[href="/runs/${again}"]`).count()).toBe(1);
  });

  test('shows hostile texts as texts, in the head, the drawer and the output', async () => {
    const { page } = await openPage(deployment, `/runs/${hostile}`);
    await page.getByText('fail failed in attempt 1').waitFor();
    await node(page, 'say').click();
    await drawer(page, 'say').getByText('"nested"').waitFor();
    expect(await page.locator('main :is(img, script, iframe, b)').count()).toBe(0);
    await node(page, 'fail').click();
    await drawer(page, 'fail').getByText(PAYLOADS['image']!).first().waitFor();
    expect(await page.locator('main a[href^="javascript"]').count()).toBe(0);
  });
});

describe('the graph', () => {
  test('is walked by the arrow keys; Enter opens a stage, Escape goes back to it', async () => {
    const { page } = await openPage(deployment, `/runs/${failing}`);
    await node(page, 'extract').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('data-stage')")).toBe('load');
    await page.keyboard.press('Enter');
    await drawer(page, 'load').getByRole('region', { name: 'Attempts of load' }).waitFor();
    expect(await drawer(page, 'load').getByRole('row').count()).toBe(3);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await drawer(page, 'load').waitFor({ state: 'detached' });
    expect(await page.evaluate("document.activeElement?.getAttribute('data-stage')")).toBe('load');
  });

  test('is also a list', async () => {
    const { page } = await openPage(deployment, `/runs/${failing}`);
    await page.getByRole('button', { name: 'Show as a list' }).click();
    await page
      .getByRole('region', { name: 'Stages' })
      .getByRole('button', { name: /publish/ })
      .click();
    await drawer(page, 'publish').getByText('No attempts yet.').waitFor();
    await drawer(page, 'publish').getByRole('button', { name: /load/ }).click();
    await drawer(page, 'load').waitFor();
    await expectAccessible(page);
  });
});

test('a graph of hundreds is drawn from afar, and a press on a stage goes to it', async () => {
  const runId = await deployment.start('wide');
  const { page } = await openPage(deployment, `/runs/${runId}`);
  await deployment.untilRun(runId, 'succeeded');
  await page.getByRole('button', { name: 'Fit' }).click();
  const graph = page.getByRole('group', { name: 'Stage graph' });
  await expect.poll(() => graph.locator('button[data-stage]').count()).toBe(0);
  await expectAccessible(page);
  const box = (await graph.boundingBox())!;
  const opened = page.getByRole('complementary', { name: /^Stage / });
  // The middle may be a gap between stages: a little further there is one.
  let step = 0;
  await expect
    .poll(
      async () => {
        if ((await opened.count()) === 0)
          await page.mouse.click(box.x + box.width / 2 + ++step * 9, box.y + box.height / 2 + step * 4);
        return opened.count();
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  const name = (await opened.getByRole('heading', { level: 2 }).textContent())!;
  await node(page, name).waitFor();
  expect(await graph.locator('button[data-stage]').count()).toBeLessThan(150);
});

describe('the timeline', () => {
  test('shows each attempt in words and numbers, by keyboard too, and can show failures only', async () => {
    const { page } = await openPage(deployment, `/runs/${flaky}?tab=timeline`);
    const row = page.getByRole('region', { name: 'Stage timeline' }).locator('button[data-stage="unreliable"]');
    await row.focus();
    const told = page.getByRole('tooltip');
    await told.getByText(/^attempt 1 failed /).waitFor();
    await told.getByText(/^attempt 3 succeeded /).waitFor();
    expect(await told.getByText(/^backoff, then waiting for a worker/).count()).toBe(2);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    expect(await told.count()).toBe(0);
    await page.getByRole('combobox', { name: 'Show' }).selectOption('with a failed attempt');
    await page.locator('button[data-stage="prepare"]').waitFor({ state: 'detached' });
    await page.getByRole('combobox', { name: 'Show' }).selectOption('critical path');
    await page.locator('button[data-stage="prepare"]').waitFor();
    await page.getByRole('checkbox', { name: 'Fold idle time' }).check();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('button', { name: 'Whole run' }).click();
    await row.press('Enter');
    await drawer(page, 'unreliable').waitFor();
    await expectAccessible(page);
  });
});

describe('the zoomed range of the timeline', () => {
  const rangeOf = (page: Page) => new URL(page.url()).searchParams.get('range');
  const whole = (page: Page) => page.getByRole('button', { name: 'Whole run' });
  const isZoomed = (page: Page) => whole(page).and(page.locator(':not([aria-disabled="true"]):not([disabled])'));

  test('is in the address: it survives a reload, goes back and forward, and is what a link shows', async () => {
    const { page } = await openPage(deployment, `/runs/${flaky}?tab=timeline`);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.waitForURL(/range=/);
    const once = rangeOf(page)!;
    const [from, to] = once.split('-').map(Number);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(() => rangeOf(page)).not.toBe(once);
    const twice = rangeOf(page);
    await page.goBack();
    await expect.poll(() => rangeOf(page)).toBe(once);
    await page.reload();
    await isZoomed(page).waitFor();
    expect(rangeOf(page)).toBe(once);
    await page.goForward();
    await expect.poll(() => rangeOf(page)).toBe(twice);
    await whole(page).click();
    await expect.poll(() => rangeOf(page)).toBeNull();

    const run = await deployment.call<WireRun>('GET', `/api/v1/runs/${flaky}`);
    expect(from).toBeGreaterThan(0);
    expect(to).toBeLessThan(Date.parse(run.finished_at!) - Date.parse(run.created_at));
    const other = await openPage(deployment, `/runs/${flaky}?tab=timeline&range=${once}`);
    await isZoomed(other.page).waitFor();
  });

  test.each(['5', 'all', '9-3', '3-3', '-4-9', '99999999999-999999999999', '1e3-2e3', '{"from":1}'])(
    'that is none shows the whole run: %s',
    async (text) => {
      const { page } = await openPage(deployment, `/runs/${flaky}?tab=timeline&range=${encodeURIComponent(text)}`);
      await page.locator('button[data-stage="unreliable"]').waitFor();
      expect(await isZoomed(page).count()).toBe(0);
    },
  );

  test('turned by the wheel is one step back', async () => {
    const { page } = await openPage(deployment, `/runs/${flaky}?tab=timeline`);
    await page.locator('button[data-stage="unreliable"]').hover();
    await page.keyboard.down('Control');
    for (let turn = 0; turn < 4; turn += 1) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await page.waitForURL(/range=/);
    await page.goBack();
    await expect.poll(() => page.url()).toMatch(/tab=timeline$/);
    expect(await isZoomed(page).count()).toBe(0);
  });
});

describe('the page', () => {
  test.each(['', '?stage=load', '?tab=timeline'])('fits a phone in the dark: %s', async (search) => {
    const { page } = await openPage(deployment, `/runs/${failing}${search}`, { viewport: 'phone', theme: 'dark' });
    await page.locator('button[data-stage="load"]').waitFor();
    expect(await fitsTheWidth(page)).toBe(true);
    await expectAccessible(page);
  });

  test('says that there is no such run', async () => {
    const { page, expectComplaint } = await openPage(deployment, '/runs/0190b5a4-0000-7000-8000-000000000000');
    expectComplaint(/404/);
    await page.getByRole('heading', { name: 'Run not found' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'To all runs' }).click();
    await page.waitForURL('**/runs');
  });
});
