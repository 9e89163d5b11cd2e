/**
 * What is fuzzed: Redis, API, worker and scheduler as processes, with runs that ended well and badly, one that is live,
 * schedules and artifacts.
 */
import { waitFor } from '@millrace/core/testing';
import type { AppProcess } from '../tests/integration/chaos/app-process.ts';
import { deploy } from '../tests/integration/chaos/deployment.ts';
import { PIPELINES } from './pipelines.ts';
import type { Known } from './known.ts';

/** Of the whole run; it may be in no answer and in no log. */
export const TOKEN = 'c4n4ry-t0ken-of-the-fuzzers-97f3d1e8';

const MEASURE = new URL('./watch/measure-on-signal.mjs', import.meta.url).href;

export type FuzzedDeployment = Awaited<ReturnType<typeof startFuzzed>>;

export const startFuzzed = async () => {
  const deployment = await deploy(PIPELINES, {
    MILLRACE_ADMIN_TOKEN: TOKEN,
    MILLRACE_LEASE_MS: '30000',
    MILLRACE_HEARTBEAT_MS: '5000',
    MILLRACE_SWEEP_MS: '10000',
    MILLRACE_WATCHDOG_MS: '30000',
    MILLRACE_RETENTION_RUNS: '500',
    MILLRACE_REQUESTS_PER_MINUTE: '10000000',
    MILLRACE_DEFAULT_PIPELINE: 'plain',
    LOG_LEVEL: 'info',
  });
  try {
    const [api, worker, scheduler] = await Promise.all([
      deployment.api({ NODE_OPTIONS: `--import ${MEASURE}` }),
      deployment.worker(),
      deployment.scheduler(),
    ]);
    const call = callerOf(api.url);
    const known = await fill(call);
    const processes: Readonly<Record<string, AppProcess>> = { api, worker, scheduler };
    return {
      url: api.url,
      port: api.port,
      folder: deployment.folder,
      known,
      processes,
      api,
      call,
      end: () => deployment.end(),
    };
  } catch (error) {
    await deployment.end();
    throw error;
  }
};

type CallApi = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ status: number; headers: Headers; json: Answer }>;
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

const callerOf =
  (url: string): CallApi =>
  async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      json: /json/.test(response.headers.get('content-type') ?? '') ? await response.json() : null,
    };
  };

const fill = async (call: CallApi): Promise<Known> => {
  const start = async (pipeline: string, body: object = {}): Promise<string> => {
    const { status, json } = await call('POST', `/api/v1/pipelines/${pipeline}/runs`, body);
    if (status !== 201) throw new Error(`the start of ${pipeline} was answered ${status} ${JSON.stringify(json)}`);
    return String(json.run_id);
  };
  const ended = await Promise.all([
    start('plain', { labels: { constructor: 'toString', team: '\u001b]0;t\u0007' }, reason: '\u001b[2J <b>' }),
    start('hostile'),
    start('commands'),
  ]);
  const cancelled = await start('hold');
  await waitFor(async () => (await call('GET', `/api/v1/runs/${cancelled}`)).json.status === 'running', {
    timeoutMs: 60_000,
    what: 'a run to be running',
  });
  await call('POST', `/api/v1/runs/${cancelled}/cancel`, {});
  const over = [...ended, cancelled];
  await waitFor(
    async () =>
      (await Promise.all(over.map((id) => call('GET', `/api/v1/runs/${id}`)))).every(({ json }) =>
        /^(succeeded|failed|cancelled)$/.test(json.status),
      ),
    { timeoutMs: 60_000, what: 'the runs to end' },
  );
  const live = await start('hold');
  for (let n = 0; n < 8; n++)
    await call('POST', '/api/v1/schedules', {
      id: `made-${n}`,
      pipeline: 'plain',
      cron: `${n} 4 * * *`,
      timezone: 'Europe/Berlin',
      paused: n % 2 === 0,
    });
  const schedules = (await call('GET', '/api/v1/schedules')).json.items as readonly { id: string }[];
  const artifacts = (await call('GET', `/api/v1/runs/${ended[1]}/artifacts`)).json.items as readonly {
    artifact_id: string;
  }[];
  const signedIn = await call('POST', '/api/v1/session', { token: TOKEN });
  return {
    live,
    ended: over,
    pipelines: PIPELINES.map(({ name }) => name.split('.')[0]!),
    stages: ['one', 'two', 'wait', 'say', 'fail', 'make'],
    schedules: schedules.map(({ id }) => id),
    artifacts: artifacts.map(({ artifact_id: id }) => id),
    artifactsOf: ended[1],
    cookie: (signedIn.headers.get('set-cookie') ?? '').split(';')[0]!,
    token: TOKEN,
  };
};
