/** Which parked stages no worker can run, and what the answer to a start reports about its stages. */
import type { WorkerId } from '@millrace/core/domain';
import { startWarnings, strandedStages } from '@millrace/core/engine';
import { manualClock, memoryStore } from '@millrace/core/memory';
import type { WorkerInfo } from '@millrace/core/ports';
import { pipelineOf, startOf } from '@millrace/core/testing/conformance';
import { beforeEach, expect, test } from 'vitest';

const PIPELINE = pipelineOf('p', { a: [], b: { queue: 'gpu' }, c: { command: true } });
const info = (queues: readonly string[], pipelines: readonly string[]): WorkerInfo => ({
  host: 'h',
  pid: 1,
  queues,
  concurrency: 1,
  pipelines,
});
const WITH_IT = `p@${PIPELINE.version}`;

const clock = manualClock();
let store: ReturnType<typeof memoryStore>;
beforeEach(async () => {
  store = memoryStore({ clock, random: () => 0 });
  await store.registerPipeline(PIPELINE, { makeCurrent: true });
});
const register = (name: string, known: WorkerInfo) =>
  store.renewLease({ worker: name as WorkerId, ttlMs: 60_000, info: known, register: true, held: [] });

const begun = async () => {
  const command = startOf(PIPELINE);
  await store.startRun(command);
  return (await store.run(command.runId))!;
};

test('a start warns of queues without a worker, and of code that no worker there has', async () => {
  const run = await begun();
  const warned = (...workers: WorkerInfo[]) => startWarnings(run, PIPELINE, workers);
  const unserved = (queue: string) => `no worker serves queue ${queue}: its stages wait until one is started`;
  const lacking = (what: string) =>
    `no worker has ${what} and serves queue default: its stages wait until one is started`;
  expect(warned()).toEqual([unserved('default'), unserved('gpu')]);
  expect(warned(info(['default'], []))).toEqual([
    lacking(`version ${PIPELINE.version} of pipeline p`),
    unserved('gpu'),
    lacking('pipeline p'),
  ]);
  expect(warned(info(['default'], ['p@older']), info(['gpu'], [WITH_IT]))).toEqual([
    lacking(`version ${PIPELINE.version} of pipeline p`),
  ]);
  expect(warned(info(['default', 'gpu'], [WITH_IT]))).toEqual([]);
});

test('parked stages are stranded while no live worker of their queue has their code', async () => {
  const { runId } = await begun();
  await register('without', info(['default'], []));
  const advance = { worker: 'without' as WorkerId, queue: 'default', slot: '0' };
  expect((await store.advance({ ...advance, outcome: null, fetch: true })).claim).toBeNull();
  // Its function and its command, which any version could run: one claim parks both.
  const stranded = [null, PIPELINE.version].map((version) => ({
    queue: 'default',
    pipeline: 'p',
    version,
    stages: 1,
    since: clock.now(),
  }));
  expect(await strandedStages(store)).toEqual(stranded);
  await register('elsewhere', info(['gpu'], [WITH_IT]));
  expect(await strandedStages(store)).toEqual(stranded);
  await register('able', info(['default'], [WITH_IT]));
  expect(await strandedStages(store)).toEqual([]);
  // Its lease ends.
  clock.advance(60_000);
  expect(await strandedStages(store)).toEqual(stranded);
  await store.cancelRun({ runId, reason: null, by: null, graceMs: null });
  expect(await strandedStages(store)).toEqual([]);
});
