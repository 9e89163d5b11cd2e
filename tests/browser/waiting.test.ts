/** Why a run or a stage is not running, as shown by the run page. */
import { keysOf } from '@millrace/core/redis';
import type { WireRun } from '@millrace/core/wire';
import { Queue } from 'bullmq';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { ownDeployment } from './own-deployment.ts';
import { openPage } from './page.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
  return () => deployment.stop();
});
afterAll(closeBrowser);

const waits = (page: Page) => page.getByRole('status').filter({ hasText: 'Why it is not running' });

test('a queue without a worker, then with one: the head and the drawer follow', async () => {
  const own = await ownDeployment({ workers: 0 });
  const runId = await own.start('steady');
  const { page } = await openPage(own, `/runs/${runId}?stage=report`);
  await page.getByText('fetch is not running, nor are 2 more').waitFor();
  await page
    .getByRole('status')
    .filter({ hasText: 'No worker serves queue default.' })
    .getByText('lifts when a worker that serves queue default starts.')
    .waitFor();
  await waits(page).getByText('Depends on fetch (queued), analyse (pending).').waitFor();
  await expectAccessible(page);
  await page.goto(`/runs/${runId}?stage=fetch`);
  await waits(page).getByText('No worker serves queue default.').waitFor();
  const queue = new Queue('default', { connection: { url: own.redis.url }, prefix: keysOf('millrace').queuePrefix });
  await queue.pause();
  await waits(page).getByText('Queue default is paused.').waitFor();
  await queue.resume();
  await queue.close();
  await waits(page).getByText('Queue default is paused.').waitFor({ state: 'detached' });
});

test('a run that waits for the overlap lock names the run ahead, and begins by itself', async () => {
  await deployment.call('POST', '/api/v1/schedules', {
    id: 'in-line',
    pipeline: 'slow',
    cron: '0 0 29 2 1',
    overlap: 'queue',
  });
  const trigger = async () => (await deployment.call<WireRun>('POST', '/api/v1/schedules/in-line/trigger', {})).run_id;
  const first = await trigger();
  await deployment.untilRun(first, 'running');
  const second = await trigger();
  const { page } = await openPage(deployment, `/runs/${second}?stage=prepare`);
  await page.getByText('Waiting for its turn').waitFor();
  await waits(page)
    .getByRole('link', { name: `run ${first.slice(-8)}` })
    .waitFor();
  await expectAccessible(page);
  await deployment.call('POST', `/api/v1/runs/${first}/cancel`, {});
  await page.getByText('Waiting for its turn').waitFor({ state: 'detached' });
  await waits(page).waitFor({ state: 'detached' });
  await deployment.call('POST', `/api/v1/runs/${second}/cancel`, {});
  await deployment.call('DELETE', '/api/v1/schedules/in-line');
});

test('a backoff counts down in the drawer', async () => {
  const runId = await deployment.start('flaky');
  await deployment.untilRun(runId, 'retrying');
  const { page } = await openPage(deployment, `/runs/${runId}?stage=unreliable`);
  await waits(page)
    .getByText(/The last attempt failed \(Error\); attempt [23] is due in \d+ s/)
    .waitFor();
  await deployment.untilRun(runId, 'succeeded');
  await waits(page).waitFor({ state: 'detached' });
});
