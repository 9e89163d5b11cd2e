/** A log line of 10 MB: the worker cuts it, the page marks it, and stays fast. */
import { fileURLToPath } from 'node:url';
import { LIMITS } from '@millrace/core/domain';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';

/** What the log view draws of one line, and what it says about the rest. */
const DRAWN = 4_200;

let deployment: Deployment;
let runId: string;
beforeAll(async () => {
  deployment = await startDeployment({ pipelines: [fileURLToPath(new URL('long-lines', import.meta.url))] });
  runId = await deployment.start('endless');
  await deployment.untilRun(runId, 'succeeded');
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

const log = (page: Page) => page.getByRole('region', { name: /^Lines of / });

test.each(['command', 'function'])('of a %s is cut to the limit, and marked as cut', async (stage) => {
  const { page } = await openPage(deployment, `/runs/${runId}?tab=logs&stage=${stage}`);
  await page.getByText('2 lines: the attempt has ended.').waitFor();
  const long = log(page).locator('[data-index="0"]');
  await long.getByText('cut: the line was longer than 16 kB').waitFor();
  await long.getByText(/^[\d,]+ more characters: select the line to see them$/).waitFor();
  expect((await long.textContent())!.length).toBeLessThan(DRAWN);
  await log(page).getByText(`after the ${stage}`).waitFor();
  await expectAccessible(page);

  await page.getByRole('searchbox', { name: 'Search the log' }).fill(`the ${stage}`);
  await page
    .getByRole('status')
    .filter({ hasText: /^1 line$/ })
    .waitFor();
  await page.getByRole('searchbox', { name: 'Search the log' }).fill('');
  await log(page).getByRole('link', { name: 'Line 1', exact: true }).click();
  await expect.poll(async () => (await long.textContent())!.length).toBeGreaterThan(DRAWN);
  await page.getByRole('checkbox', { name: 'Wrap' }).uncheck();
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);

  const { items } = await deployment.call<{ items: readonly { line: string }[] }>(
    'GET',
    `/api/v1/runs/${runId}/logs?stage=${stage}`,
  );
  expect(Buffer.byteLength(items[0]!.line)).toBeLessThanOrEqual(LIMITS.log_line_bytes);
});
