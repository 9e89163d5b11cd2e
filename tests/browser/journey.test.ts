/**
 * A day's work on the shipped example: start, watch to the end, open the report, cancel, edit the schedule; once with
 * each hand.
 */
import { fileURLToPath } from 'node:url';
import { waitFor } from '@millrace/core/testing';
import type { WireRun, WireSchedule } from '@millrace/core/wire';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser } from './chromium.ts';
import { type Deployment, FIXTURES, startDeployment } from './deployment.ts';
import { HANDS, handsOf } from './hands.ts';
import { openPage } from './page.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const SCHEDULE = '/api/v1/schedules/market-data';
const CRONS = {
  mouse: ['30 5 29 2 *', 'At 05:30, on day 29 of the month, only in February'],
  keyboard: ['45 6 1 4 *', 'At 06:45, on day 1 of the month, only in April'],
};

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment({ pipelines: [EXAMPLES, FIXTURES] });
  // No tick of its own may be in the way of a start.
  await deployment.call('PATCH', SCHEDULE, { cron: '0 4 1 1 *' });
  const live = () => deployment.call<{ items: readonly WireRun[] }>('GET', '/api/v1/runs?pipeline=market-data');
  await waitFor(async () => (await live()).items.every(({ finished_at }) => finished_at !== null), {
    what: 'a tick of before to have run',
  });
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

const node = (page: Page, stage: string) =>
  page.getByRole('group', { name: 'Stage graph' }).locator(`button[data-stage="${stage}"]`);
const shownRun = async (page: Page): Promise<string> => {
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  return new URL(page.url()).pathname.split('/').at(-1)!;
};

describe.each(HANDS)('by %s', (kind) => {
  test('signed in by the printed link: start, watch to the end, open the report, cancel, edit the schedule', async () => {
    const { page } = await openPage(deployment, `/#token=${deployment.token}`, { signedIn: false });
    const hands = handsOf(kind, page);
    const main = page.getByRole('main');

    await hands.press(main.getByRole('link', { name: 'market-data', exact: true }).first());
    await page.getByRole('heading', { name: 'market-data', level: 1 }).waitFor();
    await hands.press(page.getByRole('link', { name: 'Params… for market-data' }));
    await hands.fill(page.getByLabel('source'), 'stocks,weather');
    await hands.fill(page.getByLabel('Reason'), `by ${kind}`);
    await hands.press(page.getByRole('button', { name: 'Start', exact: true }));

    const runId = await shownRun(page);
    await page.evaluate('void (globalThis.sameDocument = true)');
    for (const stage of ['translator', 'analyzer', 'merger'])
      await node(page, stage)
        .and(page.getByRole('button', { name: /succeeded/ }))
        .waitFor();
    await main
      .getByRole('status')
      .filter({ hasText: /^succeeded$/ })
      .waitFor();
    expect(await page.evaluate('globalThis.sameDocument'), 'it was watched, not reloaded').toBe(true);
    expect(await deployment.untilRun(runId, 'succeeded')).toMatchObject({
      params: { source: 'stocks,weather' },
      reason: `by ${kind}`,
    });

    await hands.press(page.getByRole('link', { name: 'Artifacts', exact: true }));
    await hands.press(page.getByRole('button', { name: 'report.html', exact: true }));
    const report = page.frameLocator('iframe[sandbox=""][title="Preview of report.html"]');
    await report.getByRole('heading', { name: 'Market data', level: 1 }).waitFor();
    await report.getByText('stocks.csv').first().waitFor();
    expect(await report.getByText('sp500').count(), 'only what was asked for').toBe(0);

    await hands.goTo('Overview');
    await hands.press(page.getByRole('button', { name: 'Start slow' }));
    await hands.press(page.getByRole('link', { name: 'Started: see the run' }));
    const slow = await shownRun(page);
    await node(page, 'wait')
      .and(page.getByRole('button', { name: /running/ }))
      .waitFor();
    await hands.press(page.getByRole('button', { name: 'Cancel run' }));
    await hands.fill(page.getByRole('dialog').getByLabel('Reason'), 'enough seen');
    await hands.press(page.getByRole('button', { name: 'Cancel the run' }));
    await main
      .getByRole('status')
      .filter({ hasText: /^cancelled$/ })
      .waitFor();
    await main.getByText('enough seen').waitFor();
    await node(page, 'wait')
      .and(page.getByRole('button', { name: /cancelled/ }))
      .waitFor();
    await deployment.untilRun(slow, 'cancelled');

    const [cron, words] = CRONS[kind] as [string, string];
    await hands.goTo('Schedules');
    await hands.press(main.getByRole('link', { name: 'market-data', exact: true }).first());
    await page.getByRole('heading', { name: 'market-data', level: 1 }).waitFor();
    await hands.fill(page.getByLabel('Cron', { exact: true }), cron);
    await page.getByText(words, { exact: true }).waitFor();
    await hands.press(page.getByRole('button', { name: 'Save' }));
    await page.getByText('Saved: applies from the next tick.').waitFor();
    const stored = await deployment.call<WireSchedule>('GET', SCHEDULE);
    expect(stored).toMatchObject({ cron, set_by: 'api' });
    await page.getByRole('region', { name: 'Next' }).locator(`time[datetime="${stored.next_at}"]`).first().waitFor();
    await main.getByText(`${cron}`).first().waitFor();
  });
});
