import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunId } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { DIAMOND } from './bodies.ts';
import { type Deployment, deploy, TOKEN } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

const STARTS = 120;
const KILLS = 3;

interface Answer {
  readonly status: number;
  readonly runId: string;
}

/** One request, as a client sends it: null when the connection broke, and the outcome is unknown. */
const requestStart = async (url: string, pipeline: string, key: string): Promise<Answer | null> => {
  try {
    const response = await fetch(`${url}/api/v1/pipelines/${pipeline}/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: '{"params":{"ms":1}}',
      signal: AbortSignal.timeout(10_000),
    });
    const body = (await response.json()) as { run_id: string };
    return { status: response.status, runId: body.run_id };
  } catch {
    return null;
  }
};

/** Retries one key until it is answered, as a careful client does; sometimes also when it was. */
const startWithKey = async (
  url: string,
  pipeline: string,
  key: string,
): Promise<{ readonly runIds: readonly string[]; readonly broken: number }> => {
  const runIds: string[] = [];
  let broken = 0;
  for (let again = Math.random() < 0.3 ? 2 : 1; again > 0; ) {
    const answer = await requestStart(url, pipeline, key);
    if (answer !== null && answer.status < 300) {
      runIds.push(answer.runId);
      again -= 1;
      continue;
    }
    if (answer !== null && answer.status !== 409 && answer.status < 500)
      throw new Error(`the start was answered ${answer.status}`);
    broken += 1;
    await delay(100);
  }
  return { runIds, broken };
};

test('S9 S10 kill -9 of the API among starts: each that was acknowledged exists and ends, one key is one run', async () => {
  on = await deploy([DIAMOND]);
  await on.scheduler();
  await on.worker();
  let api = await on.api();
  const { url, port } = api;
  let started = 0;
  let broken = 0;
  const runsByKey = new Map<string, Set<string>>();
  const client = async (): Promise<void> => {
    while (started < STARTS) {
      started += 1;
      const key = randomUUID();
      const result = await startWithKey(url, 'diamond', key);
      runsByKey.set(key, new Set(result.runIds));
      broken += result.broken;
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  for (let kill = 0; kill < KILLS; kill++) {
    const before = runsByKey.size;
    await waitFor(() => runsByKey.size >= before + 15, { what: 'a load', timeoutMs: 20_000 });
    await api.kill9();
    api = await on.api({ MILLRACE_PORT: String(port) });
  }
  await clients;

  expect(broken).toBeGreaterThan(0);
  for (const [key, runIds] of runsByKey) expect([...runIds], `the runs of key ${key}`).toHaveLength(1);
  const acknowledged = [...runsByKey.values()].map(([runId]) => runId!);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  await on.untilAllEnded();
  const runs = await expectSound(on);
  // A start whose answer was lost was retried: there is no run beyond those of the keys.
  expect(runs.map(({ runId }) => runId).sort()).toEqual([...(acknowledged as RunId[])].sort());
  for (const run of runs) expect(run.status).toBe('succeeded');
  await expectAtRest(on);
}, 90_000);
