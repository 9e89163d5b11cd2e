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

test.each([
  ['light', 'desktop'],
  ['dark', 'phone'],
] as const)(
  'the reference of the API tells of every operation and leads to its schemas, %s on a %s',
  async (theme, viewport) => {
    const { page } = await openPage(deployment, '/docs', { signedIn: false, theme, viewport });
    const operation = page.locator('details').filter({ hasText: 'POST /api/v1/pipelines/{pipeline}/runs' });
    await operation.locator('summary').click();
    await operation.getByRole('cell', { name: 'idempotency-key optional' }).waitFor();
    await operation.getByRole('link', { name: 'StartedRun', exact: true }).first().click();
    await page.locator('#schema-StartedRun').getByText('"run_id"').first().waitFor();
    const { paths } = await deployment.call<{ paths: Readonly<Record<string, object>> }>('GET', '/openapi.json');
    expect(await page.locator('details:has(summary span)').count()).toBe(
      Object.values(paths).flatMap((verbs) => Object.keys(verbs)).length,
    );
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await expectAccessible(page);
  },
);
