/** The run page's events, log, artifacts and details, as a reader uses them. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';
import { PAYLOADS } from './pipelines/payloads.ts';

let deployment: Deployment;
let steady: string;
let hostile: string;
let chatty: string;
beforeAll(async () => {
  deployment = await startDeployment();
  [steady, hostile, chatty] = await Promise.all([
    deployment.start('steady'),
    deployment.start('hostile'),
    deployment.start('chatty', { lines: 100_000 }),
  ]);
  await Promise.all([
    deployment.untilRun(steady, 'succeeded'),
    deployment.untilRun(hostile, 'failed'),
    deployment.untilRun(chatty, 'succeeded'),
  ]);
  return () => deployment.stop();
});
afterAll(closeBrowser);

const at = (runId: string, search: string): string => `/runs/${runId}?${search}`;
const log = (page: Page) => page.getByRole('region', { name: /^Lines of / });
const events = (page: Page) => page.getByRole('region', { name: 'Event log' });
/** Drawn rows of a log of any length. */
const drawn = (page: Page) => log(page).locator('[data-index]').count();

describe('the log', () => {
  test('of 100,000 lines is read as a whole, opens at its end, and only what is in view is in the page', async () => {
    const { page } = await openPage(deployment, at(chatty, 'tab=logs'));
    await page.getByText('100,000 lines: the attempt has ended.').waitFor();
    await log(page).getByText('line 100000 of 100000').waitFor();
    expect(await drawn(page)).toBeLessThan(150);
    await page.getByRole('button', { name: 'Top' }).click();
    await log(page).getByText('line 1 of 100000').waitFor();
    await expectAccessible(page);
  });

  test('is searched by keyboard: hits are counted, gone through both ways, and marked', async () => {
    const { page } = await openPage(deployment, at(chatty, 'tab=logs'));
    await page.getByText('100,000 lines: the attempt has ended.').waitFor();
    await page.getByRole('button', { name: 'Top' }).click();
    await log(page).getByText('line 1 of 100000').waitFor();
    const search = page.getByRole('searchbox', { name: 'Search the log' });
    await search.fill('LINE 1234');
    const found = (words: string) => page.getByRole('status').filter({ hasText: new RegExp(`^${words}$`) });
    await found('11 lines').waitFor();
    await search.press('Enter');
    await found('1 of 11').waitFor();
    await log(page).locator('mark', { hasText: 'line 1234' }).first().waitFor();
    await search.press('Shift+Enter');
    await found('11 of 11').waitFor();
    await log(page).getByText('"line 12349 of').waitFor();
    await search.fill('nowhere to be found');
    await found('no matches').waitFor();
    await expectAccessible(page);
  });

  test('has a link to each line, which opens there', async () => {
    const { page } = await openPage(deployment, at(chatty, 'tab=logs'));
    await page.getByText('100,000 lines: the attempt has ended.').waitFor();
    await page.getByRole('button', { name: 'Top' }).click();
    const tenth = log(page).getByRole('link', { name: 'Line 11', exact: true });
    const shared = await tenth.getAttribute('href');
    await tenth.click();
    await page.waitForURL(/line=/);
    expect(new URL(page.url()).searchParams.get('line')).toBe(new URLSearchParams(shared ?? '').get('line'));

    const other = await openPage(deployment, `/runs/${chatty}${shared}`);
    const marked = log(other.page).locator('a[aria-current]');
    await marked.waitFor();
    expect(await marked.textContent()).toBe('11');
    await log(other.page).getByText('line 11 of 100000').waitFor();
  });

  test('reports a missing line of a link, and an attempt that has not run', async () => {
    const { page } = await openPage(deployment, at(chatty, 'tab=logs&line=999999-0'));
    await page.getByText("The linked line is not in this attempt's log.").waitFor();
    await page.goto(at(chatty, 'tab=logs&stage=talk&attempt=99999999'));
    await page.getByText('This attempt has not run').waitFor();
    await expectAccessible(page);
  });

  test('goes on without a gap after the API was away', async () => {
    const runId = await deployment.start('chatty', { lines: 2_000, per_second: 100 });
    await deployment.untilRun(runId, 'running');
    const { page, expectComplaint } = await openPage(deployment, at(runId, 'tab=logs'));
    expectComplaint(/Failed to load resource|WebSocket connection|ERR_CONNECTION_REFUSED/);
    await log(page)
      .getByText(/line \d{3,} of 2000/)
      .first()
      .waitFor();
    await deployment.api.kill();
    await page.getByText('Connection lost').waitFor();
    await deployment.api.restart();
    await page.getByText('2,000 lines: the attempt has ended.').waitFor({ timeout: 60_000 });
    await log(page).getByText('line 2000 of 2000').waitFor();
  });

  test('shows what is hostile as text, and obeys none of it', async () => {
    const { page } = await openPage(deployment, at(hostile, 'tab=logs&stage=say'));
    await page.getByText('17 lines: the attempt has ended.').waitFor();
    await log(page).getByText('unended: red that never ends <b>bold</b>').waitFor();
    await page.getByRole('button', { name: 'Top' }).click();
    await log(page).getByText(`image: ${PAYLOADS['image']}`).waitFor();
    expect(await log(page).locator('img, svg, script, b').count()).toBe(0);
    expect(
      await log(page)
        .getByRole('link')
        .evaluateAll((links) => links.every((link) => /^Line \d+$/.test(link.getAttribute('aria-label') ?? ''))),
    ).toBe(true);
    await expectAccessible(page);
  });

  test('fits a phone', async () => {
    const { page } = await openPage(deployment, at(hostile, 'tab=logs&stage=say'), {
      viewport: 'phone',
      theme: 'dark',
    });
    await page.getByText('17 lines: the attempt has ended.').waitFor();
    await page.getByRole('checkbox', { name: 'Wrap' }).uncheck();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await expectAccessible(page);
  });
});

describe('the events', () => {
  test('are listed with their types, opened by keyboard to their data, and downloaded as a whole', async () => {
    const { page } = await openPage(deployment, at(steady, 'tab=events'));
    await events(page).getByRole('cell', { name: 'success run.succeeded' }).waitFor();
    await page.getByRole('button', { name: 'Event 1: show its data' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('group', { name: 'Data of event 1' }).getByText('trigger').waitFor();
    await expectAccessible(page);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download NDJSON' }).click(),
    ]);
    const seqs = (await readFile(await download.path(), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    const { last_seq } = await deployment.call<{ last_seq: number }>('GET', `/api/v1/runs/${steady}`);
    expect(seqs).toEqual(Array.from({ length: last_seq }, (_, index) => index + 1));
  });

  test('are narrowed to a stage, to failures and without chatter; the address says so', async () => {
    const { page } = await openPage(deployment, at(hostile, 'tab=events'));
    await events(page).getByRole('cell', { name: 'failure run.failed' }).waitFor();
    await page.getByRole('checkbox', { name: 'Failures only' }).check();
    await page.getByText(/^2 events of \d+$/).waitFor();
    await page.getByRole('combobox', { name: 'Stage' }).selectOption('say');
    await page.getByText('No event matches the filter').waitFor();
    await expectAccessible(page);
    await page.getByRole('checkbox', { name: 'Failures only' }).uncheck();
    await page.getByRole('checkbox', { name: 'Hide log lines and metrics' }).check();
    await page.getByText(/^2 events of \d+$/).waitFor();
    const { search } = new URL(page.url());
    expect(search).toContain('stage=say');
    expect(search).toContain('brief=true');
    await page.reload();
    await page.getByText(/^2 events of \d+$/).waitFor();
    const { page: other } = await openPage(deployment, at(hostile, 'tab=events&stage=nothing'));
    await other.getByText('This run has no stage "nothing"').waitFor();
  });

  test('keep hostile text as text', async () => {
    const { page } = await openPage(deployment, at(hostile, 'tab=events'), { theme: 'dark' });
    await events(page).getByText('<img src=x onerror=alert("metric")>').waitFor();
    expect(await events(page).locator('img, svg, script').count()).toBe(0);
    await expectAccessible(page);
  });
});

describe('the artifacts', () => {
  const open = async (page: Page, name: string) => {
    await page.getByRole('button', { name, exact: true }).click();
    return page.getByRole('region', { name, exact: true });
  };

  test('are chosen by keyboard, and each is shown as what it is', async () => {
    const { page } = await openPage(deployment, at(steady, 'tab=artifacts'));
    await page.getByRole('button', { name: 'raw/temperatures.csv', exact: true }).focus();
    await page.keyboard.press('Enter');
    const table = page.getByRole('region', { name: 'Table of raw/temperatures.csv' });
    await table.getByRole('columnheader', { name: 'temperature' }).waitFor();
    await table.getByRole('cell', { name: 'a "quoted", note' }).first().waitFor();
    await page.getByText('500 rows, 4 columns').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('group', { name: 'Content of analysis.json' }).getByText('gaps').waitFor();
    await (await open(page, 'notes.txt')).getByText('One gap, on the third.').waitFor();
    await page.frameLocator('iframe').owner().waitFor({ state: 'detached' });
    await open(page, 'report.html');
    await page.frameLocator('iframe').getByRole('heading', { name: 'Temperatures of Oslo' }).waitFor();
    const image = (await open(page, 'chart.png')).getByRole('img', { name: 'chart.png' });
    await image.waitFor();
    expect(await image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth)).toBe(4);
    await expectAccessible(page);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download notes.txt' }).click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toContain('One gap');
  });

  test('that are hostile do nothing: not as a page, not as a drawing, not by name', async () => {
    const { page, expectComplaint } = await openPage(deployment, at(hostile, 'tab=artifacts'));
    // What the browser says about what it refused to the sandboxed report.
    expectComplaint(/sandboxed|Content Security Policy|violates|ERR_BLOCKED_BY_RESPONSE\.NotSameOrigin/i);
    // The report asks for it; it must not get out.
    expectComplaint(/^request to another origin: https:\/\/example\.invalid/);
    await open(page, 'table.csv');
    await page.frameLocator('iframe').owner().waitFor({ state: 'detached' });
    const stopped = page.waitForEvent('requestfailed', (request) =>
      request.url().startsWith('https://example.invalid/'),
    );
    await open(page, 'report.html');
    await page.frameLocator('iframe').getByRole('heading', { name: 'A report' }).waitFor();
    expect((await stopped).failure()?.errorText).toBe('csp');
    await (await open(page, 'drawing.svg')).getByRole('img', { name: 'drawing.svg' }).waitFor();
    await page.getByRole('button', { name: '<img src=x onerror=alert("name")>.txt', exact: true }).click();
    await page.getByText(PAYLOADS['script']!, { exact: true }).waitFor();
    await open(page, 'table.csv');
    await page.getByRole('cell', { name: "=cmd|'/C calc'!A0" }).waitFor();
    await expectAccessible(page);
  });

  test('begin with the report, or with what a link names; going back leaves the tab', async () => {
    const { page } = await openPage(deployment, at(steady, 'tab=details'));
    await page.getByRole('navigation', { name: 'Run views' }).getByRole('link', { name: 'Artifacts' }).click();
    await page.frameLocator('iframe').getByRole('heading', { name: 'Temperatures of Oslo' }).waitFor();
    expect(await page.getByRole('button', { name: 'report.html', exact: true }).getAttribute('aria-pressed')).toBe(
      'true',
    );
    await page.goBack();
    await page.waitForURL(/tab=details$/);
    await page.goto(at(steady, 'tab=artifacts&stage=fetch'));
    await page.getByRole('region', { name: 'Table of raw/temperatures.csv' }).waitFor();
    await page.goto(at(steady, 'tab=artifacts&artifact=none'));
    await page.getByText('The linked artifact is not in this run').waitFor();
    expect(await page.locator('iframe').count()).toBe(0);
  });

  test('of a run that has none: the page explains how to get some', async () => {
    const { page } = await openPage(deployment, at(chatty, 'tab=artifacts'), { viewport: 'phone' });
    await page.getByText('No artifacts').waitFor();
    await expectAccessible(page);
  });

  test('appear when their stage has succeeded', async () => {
    const { page } = await openPage(deployment, at(chatty, 'tab=artifacts'));
    const runId = await deployment.start('steady');
    await page.goto(at(runId, 'tab=artifacts'));
    await page.getByRole('button', { name: 'chart.png', exact: true }).waitFor();
  });
});

describe('the details', () => {
  test('show params, outputs and metrics', async () => {
    const { page } = await openPage(deployment, at(steady, 'tab=details'));
    await page.getByRole('group', { name: 'Output of fetch' }).getByText('Oslo').waitFor();
    await page.getByRole('row', { name: /^bytes fetch/ }).waitFor();
    await page.getByText('The run has no params.').waitFor();
    await expectAccessible(page);
  });

  test('show outputs as stages finish', async () => {
    const runId = await deployment.start('slow');
    await deployment.untilRun(runId, 'running');
    const { page } = await openPage(deployment, at(runId, 'tab=details'));
    await page.getByRole('heading', { name: 'Outputs' }).waitFor();
    deployment.letSlowEnd();
    await deployment.untilRun(runId, 'succeeded');
    await page
      .getByRole('group', { name: /^Output of / })
      .first()
      .waitFor();
  });

  test('keep hostile text as text, and fit a phone', async () => {
    const { page } = await openPage(deployment, at(hostile, 'tab=details'), { viewport: 'phone', theme: 'dark' });
    await page.getByRole('group', { name: 'Output of say' }).getByText(PAYLOADS['attribute']!).first().waitFor();
    await page.getByRole('region', { name: /^Error of fail/ }).waitFor();
    expect(await page.getByRole('main').locator('img, script').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await expectAccessible(page);
  });
});
