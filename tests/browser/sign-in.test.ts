import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { ownDeployment } from './own-deployment.ts';
import { openPage } from './page.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

const screens = (page: Page) => page.getByRole('navigation', { name: 'Screens' });
const form = (page: Page) => page.getByRole('heading', { name: 'Sign in to Millrace' });
const refusal = (page: Page) => page.getByRole('alert').filter({ hasText: 'Invalid token' });
const REFUSED = /401/;
/** Console message of a browser while the API is down. */
const NOBODY_THERE = /Failed to load resource: net::|WebSocket connection/;

/** Everywhere a page can keep something where a script can read it. */
const kept = (page: Page): Promise<string> =>
  page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state, document.body.outerHTML])',
  );

test('the printed link signs in, and the token leaves the address bar', async () => {
  const { page } = await openPage(deployment, `/#token=${deployment.token}`, { signedIn: false });
  await screens(page).waitFor();
  expect(page.url()).toBe(`${deployment.url}/`);
  expect(await kept(page)).not.toContain(deployment.token);
  await page.reload();
  await screens(page).waitFor();
});

test('the link in a tab that shows the form already signs in too', async () => {
  const { page } = await openPage(deployment, '/', { signedIn: false });
  await page.getByLabel('Token').waitFor();
  await page.goto(`/#token=${deployment.token}`);
  await screens(page).waitFor();
  expect(page.url()).not.toContain('token');
});

test('the link works at any address, and shows that page', async () => {
  const { page } = await openPage(deployment, `/schedules?from=link#token=${deployment.token}`, { signedIn: false });
  await screens(page).waitFor();
  expect(new URL(page.url()).pathname).toBe('/schedules');
  expect(page.url()).not.toContain('token');
});

test('a link with a wrong token leads to the form, which says that it was refused', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/#token=wrong', { signedIn: false });
  expectComplaint(REFUSED);
  await form(page).waitFor();
  await refusal(page).waitFor();
  expect(page.url()).not.toContain('wrong');
});

test('a link with a wrong token in a tab that shows the form already: the form says that it was refused', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/', { signedIn: false });
  expectComplaint(REFUSED);
  await page.getByLabel('Token').waitFor();
  await page.goto('/#token=wrong');
  await refusal(page).waitFor();
});

test('the form: a wrong token is refused in words, the right one signs in, all by keyboard', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/runs', { signedIn: false });
  expectComplaint(REFUSED);
  await form(page).waitFor();
  await page.keyboard.type('not-the-token');
  await page.keyboard.press('Enter');
  await refusal(page).waitFor();
  await page.getByLabel('Token').fill(deployment.token);
  await page.keyboard.press('Enter');
  await screens(page).waitFor();
  expect(new URL(page.url()).pathname).toBe('/runs');
  expect(await kept(page)).not.toContain(deployment.token);
});

test('while the API is down, the token is not blamed: the form says what is wrong, and a link signs in when it is back', async () => {
  const { page, openTab, expectComplaint } = await openPage(deployment, '/', { signedIn: false });
  const byLink = await openTab('/runs');
  expectComplaint(NOBODY_THERE);
  await byLink.getByLabel('Token').waitFor();
  await page.getByLabel('Token').fill(deployment.token);
  onTestFailed(() => deployment.api.restart());
  await deployment.api.kill();
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Could not sign in' }).waitFor();
  await byLink.goto(`/runs#token=${deployment.token}`);
  await byLink.getByRole('alert').filter({ hasText: 'The API is not responding' }).waitFor();
  expect(await kept(byLink)).not.toContain(deployment.token);
  await deployment.api.restart();
  await screens(byLink).waitFor();
  expect(new URL(byLink.url()).pathname).toBe('/runs');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await screens(page).waitFor();
});

test('the session is a cookie that no script can read, and outlives a restart of the API', async () => {
  const { page } = await openPage(deployment, '/');
  await screens(page).waitFor();
  const cookies = await page.context().cookies();
  expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/' }]);
  await page.goto('about:blank');
  await deployment.api.restart();
  await page.goto('/');
  await screens(page).waitFor();
});

test('signing out holds after a reload', async () => {
  const { page } = await openPage(deployment, '/');
  await page.getByRole('banner').getByText('admin').first().click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await form(page).waitFor();
  await page.reload();
  await form(page).waitFor();
  expect(await page.context().cookies()).toEqual([]);
});

test('a sign-out that fails, as the API is down, is reported, and the same button works afterwards', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/schedules');
  expectComplaint(NOBODY_THERE);
  await page.getByText('new-year').first().waitFor();
  onTestFailed(() => deployment.api.restart());
  await deployment.api.kill();
  await page.getByRole('banner').getByText('admin').first().click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('alert').filter({ hasText: 'Could not sign out' }).waitFor();
  await deployment.api.restart();
  await page.getByRole('status', { name: 'Connection: live' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await form(page).waitFor();
});

test('two deployments on one host: signing in to one keeps the session of the other, and so does signing out', async () => {
  const other = await ownDeployment({
    workers: 0,
    env: { MILLRACE_ADMIN_TOKEN: 'another-token-of-the-tests-9876543210' },
  });
  const { page } = await openPage(deployment, '/');
  await screens(page).waitFor();
  const neighbour = await page.context().newPage();
  await neighbour.goto(`${other.url}/#token=another-token-of-the-tests-9876543210`);
  await screens(neighbour).waitFor();
  await page.reload();
  await screens(page).waitFor();
  await neighbour.reload();
  await screens(neighbour).waitFor();
  await neighbour.getByRole('banner').getByText('admin').first().click();
  await neighbour.getByRole('button', { name: 'Sign out' }).click();
  await form(neighbour).waitFor();
  await page.reload();
  await screens(page).waitFor();
});

test('below a base path: pages, live events, downloads and Bull Board; a session of a page there opens no other', async () => {
  const below = await ownDeployment({ env: { MILLRACE_BASE_PATH: '/tools/millrace' } });
  const { page } = await openPage(below, `/tools/millrace/schedules#token=${below.token}`, {
    signedIn: false,
    password: below.token,
    // A proxy has something else there.
    unanswered: /^https?:\/\/[^/]+\/(?!tools\/millrace\/)/,
  });
  const strays: string[] = [];
  page.on('request', (request) => strays.push(new URL(request.url()).pathname));
  await screens(page).waitFor();
  expect(page.url()).toBe(`${below.url}/tools/millrace/schedules`);
  expect((await page.context().cookies()).map(({ path }) => path)).toEqual(['/tools/millrace/']);

  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(new URL(socket.url()).pathname));
  const runId = await below.start('slow');
  await page.goto(`/tools/millrace/runs/${runId}`);
  await page.getByRole('status', { name: 'Connection: live' }).waitFor();
  expect(sockets).toEqual(['/tools/millrace/socket.io/']);
  below.letSlowEnd();
  await page.getByText('succeeded').first().waitFor();
  await page.getByRole('link', { name: 'slow', exact: true }).first().click();
  await page.waitForURL(`${below.url}/tools/millrace/pipelines/slow`);
  await page
    .getByRole('link', { name: /succeeded/ })
    .first()
    .click();
  await page.waitForURL(`${below.url}/tools/millrace/runs/${runId}**`);

  await page.goto(`/tools/millrace/runs/${runId}?tab=logs`);
  const download = await page
    .getByRole('link', { name: /Download/ })
    .first()
    .getAttribute('href');
  expect((await page.request.get(download!)).status()).toBe(200);
  await page.goto('/tools/millrace/system');
  const board = await page.getByRole('link', { name: /Bull Board/ }).getAttribute('href');
  const shown = await page.request.get(board!);
  expect([shown.status(), await shown.text()]).toEqual([200, expect.stringContaining('/tools/millrace/admin/queues/')]);
  expect(strays.filter((path) => !path.startsWith('/tools/millrace/'))).toEqual([]);
});
