/** Every screen while nothing has happened yet, while it loads, while something runs, and after something failed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest';
import { closeBrowser } from '../chromium.ts';
import { type Deployment, startDeployment } from '../deployment.ts';
import { ownDeployment } from '../own-deployment.ts';
import { says } from './facts.ts';
import { busyGround, failedGround, idleGround } from './grounds.ts';
import { NAMES, OF_NO_PIPELINE } from './screens.ts';
import { openTabs } from './tabs.ts';

afterAll(closeBrowser);

test('empty, without any pipeline: each screen explains what would be there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-none-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const deployment = await ownDeployment({ pipelines: [folder], workers: 0 });
  const tabs = await openTabs(
    deployment,
    { runId: '', stage: '', pipeline: '', schedule: '', gate: '' },
    { screens: OF_NO_PIPELINE },
  );
  await tabs.find('empty');
  await tabs.areAccessible();
});

test('empty, before the first run: each screen says so, and why the first run waits', async () => {
  const deployment = await ownDeployment({ workers: 0 });
  const screens = NAMES.filter((name) => !OF_NO_PIPELINE.includes(name));
  // There is no gate yet whose page could be asked for.
  const complaints = [/404/];
  const tabs = await openTabs(deployment, await idleGround(deployment), { screens, complaints });
  await tabs.find('empty');
  await tabs.areAccessible();
});

describe('after a failure, and then while something runs', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment();
    return () => deployment.stop();
  });

  test('failing: each screen shows what failed', async () => {
    const tabs = await openTabs(deployment, await failedGround(deployment));
    await tabs.find('failing');
    await tabs.areAccessible();
  });

  test('loading: each screen names what it waits for, in text that does not move', async () => {
    const unheard = { runId: 'unheard', stage: 'of', pipeline: 'as', schedule: 'yet', gate: 'unheard.of.1.1' };
    const tabs = await openTabs(deployment, unheard, { unanswered: /\/api\/v1\/(?!session)/, reducedMotion: false });
    await tabs.find([says(/^Loading .*…$/)]);
    await tabs.areAccessible();
  });

  test('busy: each screen shows what runs, and moves with it without a reload', async () => {
    const tabs = await openTabs(deployment, await busyGround(deployment));
    await tabs.find('busy');
    await tabs.areAccessible();
    await tabs.mark();
    deployment.letSlowEnd();
    await tabs.find('moved');
    await tabs.areSameDocuments();
  });
});
