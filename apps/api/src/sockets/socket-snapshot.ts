import type { Pipeline, PipelineName, RunSummary } from '@millrace/core/domain';
import type { Readings } from '@millrace/core/ports';
import { toWireRun, type WireEvent } from '@millrace/core/wire';
import { readTogether } from '../read-together.ts';
import { stillThere } from '../still-there.ts';
import { FIRST_STAGES } from '../routes/lookups.ts';
import { briefStatusOf, liveRunOf, metricsNow, recentEvents, snapshotOf, type WireBriefStatus } from '../snapshot.ts';

interface SocketSnapshot {
  readonly status: unknown;
  readonly events: readonly WireEvent[];
  readonly metrics: Awaited<ReturnType<typeof metricsNow>>;
}

/**
 * Sent on connect, and to followers of everything: each pipeline's status by name, without its run's stages, and the
 * events of the newest run. `names`: only of these pipelines; null: of all.
 */
export const snapshotFor = (store: Readings, names: readonly string[] | null): Promise<SocketSnapshot> =>
  names === null ? deploymentSnapshot(store) : snapshotOfPipelines(store, names);

const deploymentSnapshot = readTogether((store: Readings) => snapshotOfPipelines(store, null));

const snapshotOfPipelines = async (store: Readings, names: readonly string[] | null): Promise<SocketSnapshot> => {
  const [all, newest, metrics] = await Promise.all([
    store.pipelines(),
    Promise.all(
      (names ?? [null]).map(async (name) => {
        const only = name === null ? {} : { pipeline: name as PipelineName };
        return (await store.runs({ ...only, limit: 1, cursor: null })).items;
      }),
    ),
    metricsNow(store),
  ]);
  const pipelines = all.filter(({ name }) => names === null || names.includes(name));
  const statuses = await Promise.all(
    pipelines.map(
      async ({ name }): Promise<[string, WireBriefStatus]> => [
        name,
        await briefStatusOf(store, await liveRunOf(store, name)),
      ],
    ),
  );
  const run = newest.flat().toSorted((a, b) => b.createdAt - a.createdAt)[0];
  return { status: Object.fromEntries(statuses), events: run ? await recentEvents(store, run.runId) : [], metrics };
};

export const pipelineSnapshot = async (store: Readings, pipeline: Pipeline): Promise<SocketSnapshot> => {
  const { status, events, metrics } = await snapshotOf(store, pipeline);
  return { status, events, metrics };
};

/** Stages of a run in its snapshot; `stages_next_cursor` leads to the rest. */
const SHOWN = 100;

/**
 * The run, and its last events unless the client has them and gets the following ones. `lastSeq`: where the live events
 * continue.
 */
export const runSnapshot = async (
  store: Readings,
  { runId }: RunSummary,
  afterSeq: number | null,
): Promise<{ snapshot: SocketSnapshot; lastSeq: number }> => {
  const page = stillThere(await store.stages(runId, { ...FIRST_STAGES, limit: SHOWN }), runId);
  const events = afterSeq === null ? await recentEvents(store, runId) : [];
  return {
    snapshot: { status: toWireRun(page), events, metrics: await metricsNow(store) },
    lastSeq: events.at(-1)?.seq ?? 0,
  };
};
