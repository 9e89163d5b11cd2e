/** The system: what the runs run on, well and not. */
import { afterAll, beforeAll, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';

let deployment: Deployment;
beforeAll(async () => {
  // A test waits until the lease of a killed worker has ended.
  deployment = await startDeployment({ env: { MILLRACE_LEASE_MS: '10000', MILLRACE_HEARTBEAT_MS: '2000' } });
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

test('all well: Redis, the leader, queues and a worker; busy: what it holds and which lock is held', async () => {
  const { page } = await openPage(deployment, '/system');
  await page.getByText('All is well').waitFor();
  await page.getByText('noeviction: rejects writes when full').waitFor();
  await page.getByText(/ leads$/).waitFor();
  await page.getByText('No locks held').waitFor();
  await expectAccessible(page);
  const runId = await deployment.start('slow');
  await page.getByRole('region', { name: 'Workers' }).getByRole('link', { name: 'wait' }).waitFor();
  await page.getByRole('region', { name: 'Locks' }).getByRole('link', { name: runId }).waitFor();
  await expectAccessible(page);
  await deployment.call('POST', `/api/v1/runs/${runId}/cancel`, {});
  await deployment.untilRun(runId, 'cancelled');
  await page.getByText('No locks held').waitFor();
});

test('a queue without a worker is reported, above and in its row', async () => {
  await deployment.worker.kill();
  const { page } = await openPage(deployment, '/system', { theme: 'dark', viewport: 'phone' });
  const runId = await deployment.start('steady');
  await page.getByText('no worker serves this queue').waitFor({ timeout: 60_000 });
  await page.getByText('no worker serves queue default, where stages wait').waitFor({ timeout: 60_000 });
  await expectAccessible(page);
  await deployment.worker.restart();
  await deployment.untilRun(runId, 'succeeded');
  await page.getByText('All is well').waitFor({ timeout: 60_000 });
});
