import { afterAll, beforeAll, expect, test } from 'vitest';
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

test('the front page loads, and asks no other site for anything', async () => {
  const { page } = await openPage(deployment, '/', { signedIn: false });
  await page.getByText('Millrace').first().waitFor();
  expect(await page.title()).toContain('Millrace');
});

test('Bull Board shows the queues under the content security policy', async () => {
  const { page, expectComplaint } = await openPage(deployment, '/', { signedIn: false, password: deployment.token });
  // It asks for a font of another site, and does without.
  expectComplaint(/fonts\.(googleapis|gstatic)\.com/);
  await page.goto('/admin/queues');
  await page.getByRole('link', { name: /runs/ }).first().waitFor();
});
