/** The log of a running stage: at its end until the reader goes up. */
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

const log = (page: Page) => page.getByRole('region', { name: /^Lines of / });
const newLines = (page: Page) => page.getByRole('button', { name: /^[\d,]+ new lines?/ });
const following = (page: Page) => page.getByRole('checkbox', { name: 'Follow' }).and(page.locator(':checked'));

/** At the end of more lines than the box shows, while others come. */
const openGrowingLog = async (): Promise<{ readonly runId: string; readonly page: Page }> => {
  const runId = await deployment.start('chatty', { lines: 30_000, per_second: 60 });
  await deployment.untilRun(runId, 'running');
  const { page } = await openPage(deployment, `/runs/${runId}?tab=logs`);
  await log(page)
    .getByText(/line \d{3,} of 30000/)
    .first()
    .waitFor();
  return { runId, page };
};

test('it follows what the stage writes, until the reader goes up; then it counts', async () => {
  const { runId, page } = await openGrowingLog();
  await log(page).hover();
  await page.mouse.wheel(0, -600);
  await newLines(page).waitFor();
  await expectAccessible(page);
  await newLines(page).click();
  await following(page).waitFor();
  await deployment.call('POST', `/api/v1/runs/${runId}/cancel`, {});
  await page.getByText(/lines: the attempt has ended/).waitFor();
});

test('of what came since the reader went up nothing is forgotten when the reader goes up further', async () => {
  const { runId, page } = await openGrowingLog();
  await log(page).hover();
  await page.mouse.wheel(0, -200);
  await page.getByRole('button', { name: /^(\d{3}|\d,\d{3}) new lines/ }).waitFor();
  await page.mouse.wheel(0, -200);
  await page.mouse.wheel(0, -200);
  await deployment.call('POST', `/api/v1/runs/${runId}/cancel`, {});
  await page.getByText(/lines: the attempt has ended/).waitFor();
  expect(Number.parseInt((await newLines(page).innerText()).replaceAll(',', ''), 10)).toBeGreaterThanOrEqual(100);
});

test.each([
  { by: 'wheel', hand: "box.dispatchEvent(new WheelEvent('wheel', { deltaY: -600 }))" },
  { by: 'finger', hand: "touch('touchstart', 300); touch('touchmove', 500)" },
  { by: 'key', hand: "box.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageUp' }))" },
])(
  'lines that come while the reader goes up, before the box tells of it, do not hold the reader at the end: $by',
  async ({ hand }) => {
    const { page } = await openGrowingLog();
    await following(page).waitFor();
    await page.evaluate(`{
    const box = document.querySelector('[aria-label^="Lines of"]');
    const touch = (type, clientY) => box.dispatchEvent(new TouchEvent(type, { touches: [new Touch({ identifier: 1, target: box, clientY })] }));
    box.scrollTop -= 600;
    ${hand};
    box.scrollTop = box.scrollHeight;
  }`);
    await newLines(page).waitFor();
  },
);
