/**
 * Every text that hurts, in every place where people and stages can write one: it is shown as it is, and nothing of it
 * is obeyed.
 */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { TEXTS } from './hostile-texts/texts.ts';
import { openPage } from './page.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment({ pipelines: [fileURLToPath(new URL('hostile-texts', import.meta.url))] });
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

/** What the page has become by a text, if anything. */
const DAMAGE = `[
  ...document.querySelectorAll('script:not([src]), img[src="x"], svg[onload], main b, iframe:not([sandbox=""]), [autofocus], a[href^="javascript" i]'),
  ...[...document.querySelectorAll('*')].filter(({ attributes }) => [...attributes].some(({ name }) => name.startsWith('on'))),
].map(({ outerHTML }) => outerHTML.slice(0, 200))`;
const expectUnhurt = async (page: Page): Promise<void> => {
  // The text is in the head before the rest of the page has come.
  await page
    .getByRole('main')
    .getByText(/^(Loading|Looking)/)
    .first()
    .waitFor({ state: 'detached' });
  expect(await page.evaluate(DAMAGE)).toEqual([]);
  expect(
    await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
    'nothing is wider than the page',
  ).toBeLessThanOrEqual(0);
};

describe.each(Object.entries(TEXTS))('%s', (_, text) => {
  const shown = (page: Page) => page.getByRole('main').getByText(text).first();

  test('in params, labels, reasons and in all output of a stage', async () => {
    const runId = await deployment.start(
      'echo',
      { text },
      { labels: { [text.slice(0, 100)]: text.slice(0, 150) }, reason: text },
    );
    await deployment.untilRun(runId, 'failed');
    const { page } = await openPage(deployment, `/runs/${runId}`);
    for (const view of [
      '',
      '?stage=say',
      '?stage=fail',
      '?tab=logs&stage=say',
      '?tab=events',
      '?tab=artifacts',
      '?tab=details',
    ]) {
      await page.goto(`/runs/${runId}${view}`);
      await shown(page).waitFor();
      if (view.includes('artifacts')) {
        await page.locator('button[data-name]').click();
        await page
          .getByRole('region', { name: /^Text of / })
          .getByText(text)
          .waitFor();
      }
      await expectUnhurt(page);
    }
    for (const path of ['/', '/pipelines/echo', '/runs']) {
      await page.goto(path);
      await shown(page).waitFor();
      await expectUnhurt(page);
    }
    await page.goto(`/pipelines/echo/start?from=${runId}`);
    await expect.poll(() => page.getByLabel('text').inputValue()).toBe(text);
    await expectUnhurt(page);
  });

  test('as why a schedule is paused, and in its note', async () => {
    const id = `note-${Object.values(TEXTS).indexOf(text)}`;
    await deployment.call('POST', '/api/v1/schedules', {
      id,
      pipeline: 'echo',
      cron: '0 4 1 1 *',
      params: { text },
      note: text,
    });
    const { page } = await openPage(deployment, `/schedules/${id}`);
    await page.getByText(`“${text}”`).waitFor();
    await expectUnhurt(page);
    await page.getByRole('button', { name: `Run now: ${id}` }).click();
    await page.getByRole('dialog').getByText(JSON.stringify(text).slice(1, 40)).waitFor();
    await expectUnhurt(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: `Pause ${id}` }).click();
    await page.getByLabel('Reason').fill(`since ${text}`);
    await page.keyboard.press('Enter');
    await page.getByText(`“since ${text}”`).waitFor();
    await page.goto('/schedules');
    await page.getByText(`“since ${text}”`).waitFor();
    await expectUnhurt(page);
  });

  test('in the address, the title, the palette and a refused field', async () => {
    const { page, expectComplaint } = await openPage(deployment, '/');
    expectComplaint(/40[04]|422/);
    for (const kind of ['runs', 'pipelines', 'schedules']) {
      await page.goto(`/${kind}/${encodeURIComponent(text.replaceAll('/', '|'))}`);
      await page.getByRole('main').getByText(text.replaceAll('/', '|')).first().waitFor();
      await expectUnhurt(page);
    }
    await expect.poll(() => page.title()).toBe(`${text.replaceAll('/', '|')} · Millrace`);
    await page.goto('/schedules/~new');
    await page.getByLabel('Name').fill(text);
    await page.getByRole('button', { name: 'Create schedule' }).click();
    await page.getByRole('alert').filter({ hasText: 'Could not create the schedule' }).waitFor();
    await page.keyboard.press('Control+K');
    const field = page.getByRole('combobox', { name: /Screen, pipeline/ });
    await field.fill('echo');
    await page
      .getByRole('option', { name: /Pipeline echo/ })
      .getByText(text)
      .waitFor();
    await expectUnhurt(page);
    await field.fill(text);
    await page.getByRole('dialog').getByRole('status').waitFor({ state: 'attached' });
    await expectUnhurt(page);
  });
});
