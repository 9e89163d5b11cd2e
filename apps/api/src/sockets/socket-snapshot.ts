import type { Pipeline, Run } from '@millrace/core/domain';
import type { Readings } from '@millrace/core/ports';
import { toWireRun, type WireEvent } from '@millrace/core/wire';
import { readTogether } from '../read-together.ts';
import { liveRunOf, metricsNow, recentEvents, snapshotOf, statusOf, type WireStatus } from '../snapshot.ts';

interface SocketSnapshot {
  readonly status: unknown;
  readonly events: readonly WireEvent[];
  readonly metrics: Awaited<ReturnType<typeof metricsNow>>;
}

/** On connect, and for who follows everything: each pipeline's status by name, and the events of the newest run of all. */
export const deploymentSnapshot = readTogether(async (store: Readings): Promise<SocketSnapshot> => {
  const [pipelines, newest, metrics] = await Promise.all([store.pipelines(), store.runs({ stages: false, limit: 1, cursor: null }), metricsNow(store)]);
  const statuses = await Promise.all(pipelines.map(async ({ name }): Promise<[string, WireStatus]> => [name, statusOf(await liveRunOf(store, name))]));
  const [run] = newest.items;
  return { status: Object.fromEntries(statuses), events: run ? await recentEvents(store, run.runId) : [], metrics };
});

export const pipelineSnapshot = async (store: Readings, pipeline: Pipeline): Promise<SocketSnapshot> => {
  const { status, events, metrics } = await snapshotOf(store, pipeline);
  return { status, events, metrics };
};

/** The run, and its last events unless the client has them and will get those after. `lastSeq`: where the live events go on. */
export const runSnapshot = async (store: Readings, run: Run, afterSeq: number | null): Promise<{ snapshot: SocketSnapshot; lastSeq: number }> => {
  const events = afterSeq === null ? await recentEvents(store, run.runId) : [];
  return { snapshot: { status: toWireRun(run), events, metrics: await metricsNow(store) }, lastSeq: events.at(-1)?.seq ?? 0 };
};
