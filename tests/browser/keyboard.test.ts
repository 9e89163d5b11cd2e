/** The palette, the shortcuts and the reader's menu; and a session that ends while a page is open. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

test('the palette goes to a pipeline, a pasted run, and changes the theme', async () => {
  const runId = await deployment.start('steady');
  const { page } = await openPage(deployment, '/schedules');
  await page.getByRole('heading', { name: 'Schedules', exact: true }).waitFor();
  await page.keyboard.press('Control+K');
  const field = page.getByRole('combobox', { name: /Screen, pipeline/ });
  await page.getByRole('option', { name: /Pipeline chatty/ }).waitFor();
  await expectAccessible(page);
  await page.keyboard.type('steady');
  await page.getByRole('option', { name: /Pipeline steady/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/pipelines\/steady$/);
  await page.keyboard.press('Control+K');
  await field.fill(runId);
  await page.getByRole('option', { name: new RegExp(runId), selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${runId}*`);
  for (const name of [`…${runId.slice(-8)}`, 'steady@last']) {
    await page.keyboard.press('Control+K');
    await field.fill(name);
    await page.getByRole('option', { name: new RegExp(runId), selected: true }).waitFor();
    await page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: 'Go to or do anything' }).click();
  await field.fill('theme dark');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  await page.keyboard.press('Control+K');
  await field.fill('there is nothing of this name');
  await page.getByText('No results').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await field.waitFor({ state: 'detached' });
});

test('keys go to screens and along rows; none of them acts in a field; the list has them', async () => {
  const { page } = await openPage(deployment, '/system');
  await page.getByRole('heading', { name: 'System' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.waitForURL(/\/schedules$/);
  await page.getByRole('link', { name: 'new-year' }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('new-year');
  await page.keyboard.press('/');
  await page.keyboard.type('g o?');
  expect(await page.getByLabel('Search').inputValue()).toBe('g o?');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Search the schedules').waitFor();
  await expectAccessible(page);
  await page.getByLabel('Single-key shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  await page.keyboard.press('Control+K');
  await page.getByRole('combobox', { name: /Screen, pipeline/ }).waitFor();
  expect(await page.getByRole('dialog').count()).toBe(1);
});

test('after the palette, a start and a cancel the focus is at the heading of the page', async () => {
  const { page } = await openPage(deployment, '/system');
  const heading = () =>
    page.evaluate<string | null>(
      "document.activeElement.matches('main h1') ? document.activeElement.textContent : null",
    );
  await page.getByRole('heading', { name: 'System' }).waitFor();
  await page.keyboard.press('Control+K');
  await page.getByRole('combobox', { name: /Screen, pipeline/ }).fill('Start params');
  await page.getByRole('option', { name: /Start params/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(heading).toMatch(/params/);
  // A text that was pasted keeps its line ends; Enter sends the form.
  const title = page.getByLabel('title');
  await title.fill('two\nlines');
  await page.getByLabel('day', { exact: false }).first().fill('2026-01-05');
  await page.getByLabel('city').fill('Oslo');
  await title.press('Enter');
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  await expect.poll(heading).toMatch(/^params /);
  const [, runId] = /runs\/([0-9a-f-]{36})/.exec(page.url())!;
  expect(await deployment.call('GET', `/api/v1/runs/${runId}`)).toMatchObject({ params: { title: 'two\nlines' } });
  const slow = await deployment.start('slow');
  await deployment.untilRun(slow, 'running');
  await page.goto(`/runs/${slow}`);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page
    .getByRole('dialog')
    .getByLabel(/Reason/)
    .fill('enough');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(heading).toMatch(/^slow /);
  expect(await deployment.untilRun(slow, 'cancelled')).toMatchObject({ status: 'cancelled' });
});

test('a hidden tab gives its long poll back, and is live again when it is looked at', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/system');
  expectComplaint(/WebSocket connection/);
  // As behind a proxy that lets no WebSocket through.
  await page.addInitScript(
    "globalThis.WebSocket = class extends WebSocket { constructor(url) { super(url.replace('/socket.io/', '/nowhere/')); } }",
  );
  const polls = new Set<unknown>();
  page.on('request', (request) => request.url().includes('/socket.io/') && polls.add(request));
  page.on('requestfinished', (request) => polls.delete(request));
  page.on('requestfailed', (request) => polls.delete(request));
  await page.reload();
  const badge = page.getByRole('status', { name: 'Connection: live' });
  await badge.waitFor();
  await expect.poll(() => polls.size).toBe(1);
  const show = (state: 'hidden' | 'visible') =>
    page.evaluate(
      `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true }); void document.dispatchEvent(new Event('visibilitychange'))`,
    );
  await show('hidden');
  await badge.waitFor({ state: 'detached', timeout: 20_000 });
  await expect.poll(() => polls.size).toBe(0);
  await show('visible');
  await badge.waitFor();
});

test('a question gives the focus back to the button that asked it, whichever way it is closed', async () => {
  const { page } = await openPage(deployment, '/schedules');
  const focused = () => page.evaluate<string | null>("document.activeElement.getAttribute('aria-label')");
  await page.getByRole('button', { name: 'Pause new-year' }).focus();
  for (const keys of [['Escape'], ['Tab', 'Enter'], ['Tab', 'Tab', 'Enter']]) {
    expect(await focused()).toMatch(/^(Pause|Resume) new-year$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (const key of keys) await page.keyboard.press(key);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  // The button gets its new word when the schedules have been read again.
  await expect.poll(focused).toBe('Resume new-year');
  await deployment.call('POST', '/api/v1/schedules/new-year/resume', {});
});

test('a button that is pressed at once after Escape asks anew', async () => {
  const { page } = await openPage(deployment, '/schedules');
  const button = page.getByRole('button', { name: 'Pause new-year' });
  await button.press('Enter');
  await page.getByRole('dialog').waitFor();
  // As early as a press can be: the dialog has given the focus back, and its `close` event is still to come.
  await page.evaluate(
    "addEventListener('focusin', ({ target }) => queueMicrotask(() => target.click()), { once: true })",
  );
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Pause new-year?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test("the reader's menu closes on Escape, on a press outside, and when the focus leaves", async () => {
  const { page } = await openPage(deployment, '/system');
  const menu = page.locator('summary').filter({ hasText: 'admin' });
  const shown = page.getByRole('button', { name: 'Sign out' });
  await menu.click();
  await shown.waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await shown.waitFor({ state: 'hidden' });
  expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
  await menu.click();
  await page.getByRole('heading', { name: 'System' }).click();
  await shown.waitFor({ state: 'hidden' });
  await menu.click();
  await shown.focus();
  await page.keyboard.press('Tab');
  await shown.waitFor({ state: 'hidden' });
});

test('a session that ends while the page is open: the form at the same address, and back to it', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/schedules?text=year');
  expectComplaint(/401/);
  await page.getByRole('link', { name: 'new-year' }).waitFor();
  await page.getByRole('button', { name: 'Pause new-year' }).click();
  await page.context().clearCookies();
  // The next request finds out: that of this button, or one that the page sends by itself and that takes the button
  // away.
  const pressed = page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await Promise.race([pressed.catch(() => {}), page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor()]);
  await page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor();
  expect(new URL(page.url()).search).toBe('?text=year');
  await page.getByLabel('Token').fill(deployment.token);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'new-year' }).waitFor();
  await page.getByRole('status', { name: 'Connection: live' }).waitFor();
  await page.getByRole('button', { name: 'Pause new-year' }).waitFor();
});
