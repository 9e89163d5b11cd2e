/** The states of a deployment in which its screens are shot. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Deployment, FIXTURES, startDeployment } from '../../tests/browser/deployment.ts';
import type { Outage, Screen } from './album.ts';

interface Scene {
  readonly deployment: Deployment;
  readonly screens: readonly Screen[];
  readonly outage?: Outage;
}

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const TABS = ['graph', 'timeline', 'events', 'logs', 'artifacts', 'details'] as const;
const UNKNOWN_RUN = '01900000-0000-7000-8000-000000000000';
/** Console message of a browser when a request fails. */
const FAILED_REQUEST = /Failed to load resource|WebSocket connection/;

/** Console message of a browser for a hostile report that tries what its frame forbids. */
const REFUSED_TO_A_REPORT = /sandbox|Content Security Policy|example\.invalid|NotSameOrigin/;

const empty = async (): Promise<Scene> => ({
  deployment: await startDeployment({ pipelines: [mkdtempSync(join(tmpdir(), 'millrace-no-pipelines-'))], workers: 0 }),
  screens: [
    { name: 'overview', path: '/' },
    { name: 'runs', path: '/runs' },
    { name: 'schedules', path: '/schedules' },
    { name: 'system', path: '/system' },
    { name: 'sign-in', path: '/', signedOut: true },
  ],
});

/** Runs of every kind: ended well and badly, running, in backoff. */
const busy = async (): Promise<Scene> => {
  const deployment = await startDeployment({ pipelines: [FIXTURES, EXAMPLES], workers: 2 });
  const { start, untilRun } = deployment;
  const ended = async (pipeline: string, params = {}, more = {}): Promise<string> => {
    const runId = await start(pipeline, params, more);
    await untilRun(runId, 'succeeded', 'failed');
    return runId;
  };
  const market = await ended('market-data', { source: 'all' });
  for (let n = 0; n < 12; n++)
    await ended('steady', {}, { labels: { team: 'weather', round: String(n) }, reason: 'to fill the strip of runs' });
  for (let n = 0; n < 3; n++) await ended('failing');
  const params = await ended('params', {
    title: 'Weekly',
    day: '2026-01-05',
    address: { city: 'Oslo', zip: '01234' },
    tags: ['daily', 'prices'],
  });
  const [steady, failing, flaky, hostile, wide, chatty] = [
    await ended('steady'),
    await ended('failing'),
    await ended('flaky'),
    await ended('hostile'),
    await ended('wide'),
    await ended('chatty', { lines: 5_000 }),
  ];
  const slow = await start('slow', {}, { labels: { team: 'weather' }, reason: 'nightly catch-up' });
  await untilRun(slow, 'running');
  const tabs = (name: string, runId: string, shown: readonly string[] = TABS): Screen[] =>
    shown.map((tab) => ({ name: `${name}-${tab}`, path: `/runs/${runId}?tab=${tab}` }));
  return {
    deployment,
    screens: [
      { name: 'overview', path: '/', readme: 'overview' },
      { name: 'runs', path: '/runs' },
      { name: 'runs-filtered', path: '/runs?status=failed' },
      ...tabs('steady', steady),
      { name: 'market-graph', path: `/runs/${market}?tab=graph`, readme: 'run' },
      { name: 'market-timeline', path: `/runs/${market}?tab=timeline` },
      { name: 'market-artifacts', path: `/runs/${market}?tab=artifacts` },
      ...tabs('running', slow, ['graph', 'timeline', 'logs']),
      ...tabs('failing', failing, ['graph', 'timeline', 'events', 'logs']),
      ...tabs('flaky', flaky, ['graph', 'timeline']),
      ...tabs('hostile', hostile).map((screen) => ({ ...screen, expected: REFUSED_TO_A_REPORT })),
      ...tabs('wide', wide, ['graph', 'timeline']),
      { name: 'chatty-logs', path: `/runs/${chatty}?tab=logs`, readme: 'logs' },
      { name: 'params-details', path: `/runs/${params}?tab=details` },
      { name: 'pipeline', path: '/pipelines/market-data' },
      { name: 'pipeline-failing', path: '/pipelines/failing' },
      { name: 'pipeline-hostile', path: '/pipelines/hostile' },
      { name: 'start', path: '/pipelines/params/start' },
      { name: 'start-hostile', path: '/pipelines/hostile/start' },
      { name: 'schedules', path: '/schedules' },
      { name: 'schedule', path: '/schedules/new-year' },
      { name: 'system', path: '/system' },
      { name: 'nowhere', path: '/nowhere' },
      { name: 'unknown-run', path: `/runs/${UNKNOWN_RUN}`, expected: FAILED_REQUEST },
      { name: 'unknown-pipeline', path: '/pipelines/nothing', expected: FAILED_REQUEST },
      { name: 'unknown-schedule', path: '/schedules/nothing', expected: FAILED_REQUEST },
    ],
  };
};

/** The API stops while the screens are open. */
const disconnected = async (): Promise<Scene> => {
  const { deployment, screens } = await running();
  const { api } = deployment;
  return {
    deployment,
    screens,
    outage: {
      begin: api.kill,
      end: api.restart,
      shown: (page) => page.getByRole('status', { name: 'Connection: offline' }),
    },
  };
};

/** Redis stops while the screens are open. */
const redisAway = async (): Promise<Scene> => {
  const { deployment, screens } = await running();
  const { redis } = deployment;
  return {
    deployment,
    screens,
    outage: {
      begin: () => redis.kill9(),
      end: () => redis.restart(),
      shown: (page) => page.getByRole('alert').filter({ hasText: 'Redis is away: what you see' }),
    },
  };
};

/** One live run, and every screen. */
const running = async (): Promise<Scene> => {
  const deployment = await startDeployment();
  const runId = await deployment.start('slow');
  await deployment.untilRun(runId, 'running');
  const screens = [
    { name: 'overview', path: '/' },
    { name: 'runs', path: '/runs' },
    ...TABS.map((tab) => ({ name: `run-${tab}`, path: `/runs/${runId}?tab=${tab}` })),
    { name: 'pipeline', path: '/pipelines/slow' },
    { name: 'start', path: '/pipelines/params/start' },
    { name: 'schedules', path: '/schedules' },
    { name: 'schedule', path: '/schedules/new-year' },
    { name: 'system', path: '/system' },
  ];
  return { deployment, screens: screens.map((screen) => ({ ...screen, expected: FAILED_REQUEST })) };
};

export const SCENES: Readonly<Record<string, () => Promise<Scene>>> = {
  empty,
  busy,
  disconnected,
  'redis-away': redisAway,
};
