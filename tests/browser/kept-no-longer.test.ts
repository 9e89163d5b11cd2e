/**
 * Runs whose event log has lost its beginning, or all of itself, as retention leaves them; and one that goes while its
 * page is open.
 */
import { readFile } from 'node:fs/promises';
import type { RunId } from '@millrace/core/domain';
import { connectRedis, type Keys, keysOf, redisStore, requestOptions } from '@millrace/core/redis';
import { waitFor } from '@millrace/core/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { closeBrowser } from './chromium.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { openPage } from './page.ts';

const PREFIX = 'millrace';
const keys: Keys = keysOf(PREFIX);

let deployment: Deployment;
let redis: Awaited<ReturnType<typeof connectRedis>>;
beforeAll(async () => {
  deployment = await startDeployment();
  redis = await connectRedis(deployment.redis.url, requestOptions);
});
afterAll(async () => {
  redis?.disconnect();
  await deployment?.stop();
  await closeBrowser();
});

const lastSeqOf = async (runId: string) => (await redisStore(redis, PREFIX).run(runId as RunId))!.lastSeq;
const forgetBefore = (runId: string, seq: number) => redis.ltrim(keys.events(runId), seq - 1, -1);
const notice = (page: Page, title: string) => page.getByRole('status').filter({ hasText: title });
const log = (page: Page) => page.getByRole('region', { name: /^Lines of / });
const saved = async (page: Page, press: () => Promise<void>): Promise<string> => {
  const [download] = await Promise.all([page.waitForEvent('download'), press()]);
  return readFile(await download.path(), 'utf8');
};

test('a log without its beginning: every view says so and shows the rest, which downloads contain', async () => {
  const runId = await deployment.start('chatty', { lines: 5_000 });
  await deployment.untilRun(runId, 'succeeded');
  const lastSeq = await lastSeqOf(runId);
  const first = Math.floor(lastSeq / 2);
  await forgetBefore(runId, first);
  const { page } = await openPage(deployment, `/runs/${runId}`);
  const said = notice(page, "The beginning of this run's log was deleted by retention");
  await said.getByText(`Events 1 to ${first - 1} are gone`).waitFor();
  await page.getByRole('button', { name: /^talk succeeded/ }).waitFor();
  await expectAccessible(page);

  await page.getByRole('link', { name: 'Timeline', exact: true }).click();
  await page.getByRole('region', { name: 'Stage timeline' }).getByText('talk').first().waitFor();
  await said.waitFor();

  await page.getByRole('link', { name: 'Logs', exact: true }).click();
  await page.getByText(/^\d,\d{3} lines left after retention: the attempt has ended\./).waitFor();
  await log(page).getByText('line 5000 of 5000').waitFor();
  const lines = (await saved(page, () => page.getByRole('link', { name: 'Download', exact: true }).click()))
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeLessThan(5_000);
  expect(lines.at(-1)).toContain('line 5000 of 5000');
  await page.getByText(`${lines.length.toLocaleString('en-GB')} lines left after retention`).waitFor();
  await said.waitFor();
  await expectAccessible(page);

  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await page.getByText(`${lastSeq - first + 1} events`, { exact: true }).waitFor();
  await page.getByRole('cell', { name: 'success run.succeeded' }).waitFor();
  const seqs = (await saved(page, () => page.getByRole('button', { name: 'Download NDJSON' }).click()))
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
  expect(seqs).toEqual(Array.from({ length: lastSeq - first + 1 }, (_, n) => first + n));
  await page.getByRole('region', { name: 'Event log' }).press('Home');
  await page.getByRole('button', { name: `Event ${first}: show its data` }).waitFor();
  await page.getByRole('checkbox', { name: 'Hide log lines and metrics' }).check();
  await page.getByText(new RegExp(`^2 events of ${lastSeq - first + 1}$`)).waitFor();
  await expectAccessible(page);

  await page.getByRole('link', { name: 'Details', exact: true }).click();
  await page.getByRole('group', { name: 'Output of talk' }).getByText('5000').first().waitFor();
  await page.getByText('Retention has left no events with metrics.').waitFor();
});

test('a log that is gone: the failure is still shown, and nothing claims that nothing was written', async () => {
  const runId = await deployment.start('failing');
  await deployment.untilRun(runId, 'failed');
  await forgetBefore(runId, (await lastSeqOf(runId)) + 1);
  const { page } = await openPage(deployment, `/runs/${runId}`);
  await notice(page, "This run's log was deleted by retention").waitFor();
  await page.getByRole('alert').getByText('load failed in attempt 2').waitFor();
  await page.getByText('Its log lines were deleted by retention.').waitFor();
  await page.getByRole('link', { name: 'Logs', exact: true }).click();
  await page.getByText("This attempt's lines were deleted by retention.").waitFor();
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await page.getByText('0 events', { exact: true }).waitFor();
  await expectAccessible(page);
});

test('a log that loses more than the page has, while the API is down: the page continues live from what is kept', async () => {
  const runId = await deployment.start('slow');
  await deployment.untilRun(runId, 'running');
  const { page, expectComplaint } = await openPage(deployment, `/runs/${runId}?tab=logs`);
  expectComplaint(/Failed to load resource|WebSocket connection|ERR_CONNECTION_REFUSED/);
  await log(page).getByText('beat 3', { exact: true }).waitFor();
  await page.evaluate('void (globalThis.sameDocument = true)');
  await deployment.api.kill();
  await page.getByRole('status', { name: 'Connection: offline' }).waitFor();
  const seen = await lastSeqOf(runId);
  await waitFor(async () => (await lastSeqOf(runId)) > seen + 20, { timeoutMs: 30_000, what: 'the run to go on' });
  await forgetBefore(runId, seen + 15);
  await deployment.api.restart();
  await page.getByRole('status', { name: 'Connection: live' }).waitFor();
  await notice(page, "The beginning of this run's log was deleted by retention").waitFor();
  const follows = await lastSeqOf(runId);
  await waitFor(async () => (await lastSeqOf(runId)) > follows + 4, { what: 'the run to go on' });
  deployment.letSlowEnd();
  await page
    .getByRole('status')
    .filter({ hasText: /^succeeded$/ })
    .waitFor();
  expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
  const kept = await deployment.call<{ items: readonly { line: string }[] }>(
    'GET',
    `/api/v1/runs/${runId}/logs?stage=wait&limit=500`,
  );
  await log(page).getByText(kept.items.at(-1)!.line, { exact: true }).waitFor();
});

test('a run that is pruned while its page is open: the next reading reports it', async () => {
  const runId = await deployment.start('steady');
  await deployment.untilRun(runId, 'succeeded');
  const { page, expectComplaint } = await openPage(deployment, `/runs/${runId}`);
  expectComplaint(/404/);
  await page.getByRole('button', { name: /^report succeeded/ }).waitFor();
  await redisStore(redis, PREFIX).pruneRuns({ count: 0, ageMs: 0 }, 100);
  await page.getByRole('link', { name: 'Logs', exact: true }).click();
  await page.getByText(`There is no run ${runId}`).waitFor();
  await expectAccessible(page);
});
