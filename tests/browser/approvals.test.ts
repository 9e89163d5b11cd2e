/** Gates on the pages: what is to be judged, decisions by mouse and keyboard, and what a page must not decide. */
import type { WireGate } from '@millrace/core/wire';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';
import { PAYLOADS } from './pipelines/payloads.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

const stored = (gateId: string) => deployment.call<WireGate>('GET', `/api/v1/gates/${gateId}`);
/** The gate at which the run waits. */
const gateOf = async (runId: string): Promise<string> => {
  const { gates = [] } = await deployment.untilRun(runId, 'awaiting_gate');
  return gates[0]!.gate_id;
};
const waiting = async (params: Readonly<Record<string, unknown>> = {}) => {
  const runId = await deployment.start('gated', params);
  return { runId, gateId: await gateOf(runId) };
};
const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true });
const confirm = (page: Page, name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true });
const publish = (page: Page) => page.getByLabel('verdict').selectOption({ label: 'publish' });
const decided = (page: Page, word: string) => page.getByRole('status').filter({ hasText: word }).waitFor();

test('a gate that opens is listed and counted without a reload; it is judged and approved by keyboard, with its form', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/approvals');
  expectComplaint(/422/);
  await page.getByText('No gate waits for a decision').waitFor();
  const { runId, gateId } = await waiting();
  await page.getByRole('link', { name: 'Approvals 1 waiting' }).waitFor();
  await page
    .getByRole('row')
    .filter({ hasText: /review.*then it is rejected.*0 of 1.*yes/ })
    .waitFor();
  await expectAccessible(page);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/approvals/${gateId}`);

  await page.getByRole('region', { name: 'Output of rows, as a table' }).getByRole('cell', { name: '1230' }).waitFor();
  await page.getByRole('region', { name: 'Text of report.md' }).getByText('# Rivers').waitFor();
  for (const media of ['audio', 'video'])
    await expect
      .poll(() => page.locator(media).evaluate((element) => (element as unknown as { duration: number }).duration))
      .toBeGreaterThan(0);
  await page.frameLocator('iframe').getByRole('heading', { name: 'Temperatures of Oslo' }).waitFor();
  await page.getByText(`${PAYLOADS['image']}.bin`).first().waitFor();
  await expectAccessible(page);

  await page.keyboard.press('a');
  await page.getByRole('dialog').getByText('This lets publish run.').waitFor();
  await expectAccessible(page);
  expect((await stored(gateId)).status).toBe('pending');
  await page.keyboard.press('Enter');
  await page.locator('[id="at-values.verdict-errors"]').getByText(/./).waitFor();
  expect((await stored(gateId)).status).toBe('pending');
  await page.keyboard.type('publish');
  await page.getByRole('heading', { name: 'review', exact: true }).click();
  await page.keyboard.press('a');
  await page.keyboard.press('Enter');
  await decided(page, 'approved');
  await deployment.untilRun(runId, 'succeeded');
  expect((await stored(gateId)).decision).toMatchObject({
    by: { name: 'admin' },
    values: { verdict: 'publish', stars: 3 },
  });
  await page.getByRole('link', { name: 'Approvals', exact: true }).waitFor();
});

test('what changed since the last approved run is marked, and texts are compared line by line', async () => {
  const { gateId } = await waiting({ title: 'Lakes' });
  const { page } = await openPage(deployment, `/approvals/${gateId}`, { theme: 'dark', viewport: 'phone' });
  await page.getByText('Compared with the last approved run').waitFor();
  await page.getByRole('button', { name: 'What changed in report.md' }).click();
  const difference = page.getByRole('region', { name: 'What changed in report.md' });
  await difference.getByText('# Rivers').waitFor();
  await difference.getByText('# Lakes').waitFor();
  await difference.getByText('Line 20').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'What changed in the output of draft' }).click();
  await page
    .getByRole('region', { name: 'What changed in the output of draft' })
    .getByText('"title": "Lakes"')
    .waitFor();
  await page.getByRole('button', { name: 'Show clip.webm' }).waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await expectAccessible(page);
});

test('rejecting asks for notes; the run says so, and the next gate shows them beside what it compares', async () => {
  const { runId, gateId } = await waiting();
  const { page } = await openPage(deployment, `/runs/${runId}`);
  await page.getByRole('button', { name: /^review.*awaiting gate.*in \d/ }).waitFor();
  await page.getByRole('link', { name: 'Judge review' }).click();
  await page.waitForURL(`**/approvals/${gateId}`);
  await button(page, 'Reject').click();
  await page.getByText('Say why: this gate asks for notes').waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.keyboard.type(PAYLOADS['image']!);
  await button(page, 'Reject').click();
  await confirm(page, 'Reject').click();
  await decided(page, 'rejected');
  await page.getByRole('main').getByText(PAYLOADS['image']!, { exact: true }).first().waitFor();
  await page.getByRole('link', { name: /^run / }).click();
  await page.getByRole('link', { name: 'See what was rejected' }).waitFor();
  await expectAccessible(page);
  await deployment.call('POST', `/api/v1/runs/${runId}/resume`, {});
  const next = await gateOf(runId);
  await page.goto(`/approvals/${next}`);
  await page.getByText('Compared with the gate before it in this run').waitFor();
  await page.getByRole('region', { name: 'Compared with' }).getByText(PAYLOADS['image']!).waitFor();
  await page.goto(`/approvals/${gateId}`);
  await page.getByRole('link', { name: 'See what it asks now' }).click();
  await page.waitForURL(`**/approvals/${next}`);
});

test('of two readers at once one decides; the other is told who was faster, and decides nothing', async () => {
  const { gateId } = await waiting();
  const { page, openTab, expectComplaint } = await openPage(deployment, `/approvals/${gateId}`);
  expectComplaint(/409/);
  const slow = await openTab(`/approvals/${gateId}`);
  for (const tab of [page, slow]) await publish(tab);
  // The other one does not hear of the first decision.
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await slow.route(`**/api/v1/gates/${gateId}`, async (route) => {
    await released;
    await route.continue();
  });
  await button(slow, 'Reject').waitFor();
  await slow.getByLabel(/^Notes/).fill('too late');
  await button(slow, 'Reject').click();
  await button(page, 'Approve').click();
  await confirm(page, 'Approve').click();
  await decided(page, 'approved');
  await confirm(slow, 'Reject').click();
  release();
  await slow
    .getByRole('alert')
    .filter({ hasText: 'Nothing was decided' })
    .getByText(/was approved by admin/)
    .waitFor();
  await decided(slow, 'approved');
  expect(await button(slow, 'Reject').count()).toBe(0);
  expect(await stored(gateId)).toMatchObject({ status: 'approved', decision: { notes: null } });
});

test('a page that shows something else decides nothing until the reader has looked at what is shown now', async () => {
  const { gateId } = await waiting();
  const { page, expectComplaint } = await openPage(deployment, '/approvals');
  expectComplaint(/409/);
  await page.route(
    `**/api/v1/gates/${gateId}`,
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), shown_digest: '0'.repeat(64) } });
    },
    { times: 1 },
  );
  await page.getByRole('row').filter({ hasText: 'review' }).getByRole('link', { name: 'review' }).last().click();
  await page.waitForURL(`**/approvals/${gateId}`);
  await publish(page);
  await button(page, 'Approve').click();
  await confirm(page, 'Approve').click();
  await page.getByRole('alert').filter({ hasText: 'Nothing was decided' }).waitFor();
  expect((await stored(gateId)).status).toBe('pending');
  await button(page, 'Approve').click({ force: true });
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await button(page, 'Approve').getAttribute('title')).toContain('look at it again');
  await expectAccessible(page);
  await button(page, 'I have looked at it').click();
  expect(await page.getByLabel('verdict').inputValue()).toBe('0');
  await button(page, 'Approve').click();
  await confirm(page, 'Approve').click();
  await decided(page, 'approved');
});

test('a vote counts towards the quorum and can be withdrawn; who may only read is told why', async () => {
  const { runId, gateId } = await waiting({ signed: true });
  const { shown_digest } = await stored(gateId);
  await deployment.call('POST', `/api/v1/gates/${gateId}/approve`, { shown_digest, values: { verdict: 'archive' } });
  const second = await gateOf(runId);
  const { page } = await openPage(deployment, `/approvals/${second}`);
  await button(page, 'Approve').click();
  await page.getByRole('dialog').getByText('This is a vote: 1 more approval is needed.').waitFor();
  await confirm(page, 'Approve').click();
  await page.getByText('1 of 2').waitFor();
  expect(await button(page, 'Approve').getAttribute('aria-disabled')).toBe('true');
  await button(page, 'Withdraw my approval').click();
  await confirm(page, 'Withdraw').click();
  await page.getByText('0 of 2').waitFor();
  const { token } = await deployment.call<{ token: string }>('POST', '/api/v1/tokens', { name: 'eve', role: 'viewer' });
  const reader = await openPage({ url: deployment.url, token }, `/approvals/${second}`);
  await reader.page.getByText('Requires the role operator; yours is viewer.').waitFor();
  expect(await button(reader.page, 'Reject').getAttribute('aria-disabled')).toBe('true');
  await reader.page.keyboard.press('r');
  expect(await reader.page.getByRole('dialog').count()).toBe(0);
  await expectAccessible(reader.page);
});
