import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment({ workers: 0 });
});
afterAll(async () => {
  await deployment?.stop();
  await closeBrowser();
});

test.each(['desktop', 'phone'] as const)(
  'the definition is drawn before anything ran, and a stage leads to its row, on a %s',
  async (viewport) => {
    const { page } = await openPage(deployment, '/pipelines/failing', { viewport });
    const graph = page.getByRole('group', { name: 'Stage graph' });
    await graph.getByRole('button', { name: 'load' }).waitFor();
    expect(await graph.getByText('not in this run').count()).toBe(0);
    await expectAccessible(page);
    await graph.getByRole('button', { name: 'load' }).press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('stage-load');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('extract');
  },
);
