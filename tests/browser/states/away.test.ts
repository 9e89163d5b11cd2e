/** Every screen while the API or its Redis is away, and what becomes of an action then. */
import type { WireGate } from '@millrace/core/wire';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { closeBrowser } from '../chromium.ts';
import { type Deployment, startDeployment } from '../deployment.ts';
import { expectAccessible } from '../accessible.ts';
import { openPage } from '../page.ts';
import { ACTIONS, actionGround } from './actions.ts';
import { badge, banner, gone, within } from './facts.ts';
import { busyGround, failedGround } from './grounds.ts';
import { openTabs } from './tabs.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
  return () => deployment.stop();
});
afterAll(closeBrowser);

/** What a browser says to itself of connections that are refused, and of answers that say 503. */
const NOBODY_THERE = [/Failed to load resource|WebSocket connection|ERR_CONNECTION_REFUSED/];
const API_AWAY = 'The API is not responding';
const REDIS_AWAY = 'Redis is unavailable: this page';
/** Of libraries, browsers and our own inside: none of it helps a reader. */
const RAW = /enableOfflineQueue|ECONN|Failed to fetch|TypeError|\[object|undefined|something failed on our side/;

test('the API dies under the open screens: each keeps its content and reports it, and recovers without a reload', async () => {
  const ground = await busyGround(deployment);
  const tabs = await openTabs(deployment, ground, { complaints: NOBODY_THERE });
  await tabs.find('busy');
  await tabs.find([badge('live')]);
  await tabs.mark();
  onTestFailed(() => deployment.api.restart());
  await deployment.api.kill();
  await tabs.find([badge('offline'), banner(API_AWAY)]);
  await tabs.find('busy');
  await tabs.areAccessible();
  deployment.letSlowEnd();
  await deployment.api.restart();
  await tabs.find([badge('live'), gone(API_AWAY)]);
  await tabs.find('moved');
  await tabs.areSameDocuments();
  await deployment.call('DELETE', '/api/v1/schedules/often');
  const { run_id: asking } = await deployment.call<WireGate>('GET', `/api/v1/gates/${ground.gate}`);
  await deployment.call('POST', `/api/v1/runs/${asking}/cancel`, {});
});

test('an action while the API is down is refused beside the button, nothing is lost, and the same button works afterwards', async () => {
  const ground = await actionGround(deployment);
  const open = await Promise.all(
    ACTIONS.map(async (action) => ({
      ...action,
      ...(await openPage(deployment, action.at(ground), { reducedMotion: true })),
    })),
  );
  for (const { expectComplaint } of open) for (const pattern of NOBODY_THERE) expectComplaint(pattern);
  for (const { prepare, button, page } of open) {
    await prepare(page);
    await button(page).waitFor();
  }
  onTestFailed(() => deployment.api.restart());
  await deployment.api.kill();
  for (const { button, refused, kept, page } of open) {
    await button(page).click();
    await refused(page);
    expect(await page.locator('body').innerText()).not.toMatch(RAW);
    if (kept) expect(await kept.field(page).inputValue()).toBe(kept.text);
    await expectAccessible(page);
  }
  await deployment.api.restart();
  for (const { button, done, kept, page } of open) {
    await gone(API_AWAY)(page);
    if (kept) expect(await kept.field(page).inputValue()).toBe(kept.text);
    await button(page).click();
    await done(page);
  }
});

test('Redis is down when the screens are opened: each reports it, and shows its content once Redis is back', async () => {
  const ground = await failedGround(deployment);
  await deployment.redis.kill9();
  const tabs = await openTabs(deployment, ground, { complaints: NOBODY_THERE });
  await tabs.find('unread');
  await tabs.find([banner(REDIS_AWAY), gone(/^(Loading|Reading|Asking)/)]);
  await tabs.each(async (page) => expect(await page.locator('body').innerText()).not.toMatch(RAW));
  await tabs.areAccessible();
  await tabs.mark();
  await deployment.redis.restart();
  await tabs.find('failing');
  await tabs.find([gone(REDIS_AWAY)]);
  await tabs.areSameDocuments();
});

test('what happened last is not said to be nothing when it could not be read, and is there once Redis is back', async () => {
  await deployment.untilRun(await deployment.start('failing'), 'failed');
  const { page, expectComplaint } = await openPage(deployment, '/pipelines/failing/start');
  for (const pattern of NOBODY_THERE) expectComplaint(pattern);
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
  await deployment.redis.kill9();
  await page.getByRole('link', { name: 'The pipeline', exact: true }).click();
  await within('region', 'Latest events', 'Cannot load the latest events right now.')(page);
  await expectAccessible(page);
  await deployment.redis.restart();
  await within('region', 'Latest events', /run failed/)(page);
});
