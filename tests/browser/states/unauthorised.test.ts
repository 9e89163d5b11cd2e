/** Every screen without a session, with one that ends, and with one that may not change anything. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { expectAccessible } from '../accessible.ts';
import { closeBrowser } from '../chromium.ts';
import { type Deployment, startDeployment } from '../deployment.ts';
import { openPage } from '../page.ts';
import { ACTIONS, actionGround } from './actions.ts';
import { badge, says, signInForm } from './facts.ts';
import { failedGround } from './grounds.ts';
import { reverseProxy } from './reverse-proxy.ts';
import { type Ground, NAMES, SCREENS } from './screens.ts';
import { openTabs } from './tabs.ts';

let deployment: Deployment;
let ground: Ground;
beforeAll(async () => {
  deployment = await startDeployment();
  ground = await failedGround(deployment);
  return () => deployment.stop();
});
afterAll(closeBrowser);

const signIn = async (page: Page, token: string): Promise<void> => {
  await page.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
  // Who leaves earlier takes the question back, and has no session.
  await page.getByLabel('Token').waitFor({ state: 'detached' });
};
const expectAt = (page: Page, path: string): void => expect(page.url()).toBe(`${deployment.url}${path}`);

test('without a session every address shows the form, and after it that very screen', async () => {
  const tabs = await openTabs(deployment, ground, { signedIn: false });
  await tabs.find([signInForm]);
  await tabs.areAccessible();
  await tabs.each((page) => signIn(page, deployment.token));
  await tabs.find('failing');
  await tabs.each(async (page, screen) => expectAt(page, SCREENS[screen].at(ground)));
});

test('a session that ends while a screen is open leads to the form at its address, and back to it', async () => {
  const token = 'another-token-of-the-browser-tests-9876543210';
  // What was asked in the moment before the form came.
  const tabs = await openTabs(deployment, ground, {
    complaints: [/401|Failed to load resource|WebSocket connection|ERR_CONNECTION_REFUSED/],
  });
  await tabs.find('failing');
  await tabs.mark();
  onTestFinished(() => deployment.api.restart());
  await deployment.api.restart({ MILLRACE_ADMIN_TOKEN: token });
  await tabs.find([signInForm]);
  await tabs.each(async (page, screen) => expectAt(page, SCREENS[screen].at(ground)));
  await tabs.each((page) => signIn(page, token));
  await tabs.find([badge('live')]);
  await tabs.find('failing');
  await tabs.areSameDocuments();
});

test('a proxy that does not pass on the Host: all can be read, and each change is refused with what the operator must do', async () => {
  const proxy = await reverseProxy(deployment.url);
  const { live } = await actionGround(deployment);
  const { page, expectComplaint } = await openPage({ url: proxy, token: deployment.token }, '/', {
    signedIn: false,
    reducedMotion: true,
  });
  // The changes, and the WebSocket, which is refused by its Origin: polling carries the events instead. The last is of
  // any page over plain http.
  for (const pattern of [/403/, /WebSocket connection/, /Cross-Origin-Opener-Policy/]) expectComplaint(pattern);
  await signIn(page, deployment.token);
  for (const name of NAMES) {
    await page.goto(SCREENS[name].at(ground));
    for (const fact of SCREENS[name].failing) await fact(page);
  }
  await badge('live')(page);
  for (const { at, prepare, button, refused, kept } of ACTIONS) {
    await page.goto(at({ live }));
    await prepare(page);
    await button(page).click();
    await refused(page);
    await says(/A reverse proxy in front must pass on the Host header of the browser/)(page);
    if (kept) expect(await kept.field(page).inputValue()).toBe(kept.text);
    await expectAccessible(page);
  }
  expect(await deployment.call('GET', `/api/v1/runs/${live}`)).toMatchObject({ status: 'running' });
});
