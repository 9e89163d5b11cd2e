import type { RunEvent, RunId, StageName, StageRun } from '@millrace/core/domain';
import { everyStage } from '@millrace/core/engine';
import type { ArtifactMeta, Readings } from '@millrace/core/ports';
import type { RunArtifact } from '@millrace/core/wire';
import { stillThere } from './still-there.ts';

export type Which = 'last' | 'all';

/**
 * Artifacts of ended attempts in the order they were stored, from place `after` on: those of each stage's last attempt,
 * whether it won or failed; with `all`, of earlier attempts too. `next`: place of the next page.
 */
export const artifactsOf = async (
  store: Readings,
  runId: RunId,
  { which, after, limit }: { readonly which: Which; readonly after: number; readonly limit: number },
): Promise<{ readonly items: readonly RunArtifact[]; readonly next: number | null }> => {
  const items: RunArtifact[] = [];
  for (let place = after; ; ) {
    const events = stillThere(await store.artifactEvents(runId, { after: place, limit: READ }), runId);
    const stages = await stagesOf(store, runId, events);
    for (const event of events) {
      const stage = stages.get(event.stage);
      const shown = isShown(stage, event, which);
      if (shown && items.length === limit) return { items, next: place };
      if (shown) items.push(artifactIn(event, stage));
      place += 1;
    }
    if (events.length < READ) return { items, next: null };
  }
};

/** The artifact with this id, if its attempt has ended. */
export const artifactWithId = async (store: Readings, runId: RunId, id: string): Promise<RunArtifact | null> => {
  const event = await store.artifactEvent(runId, id);
  if (event === null) stillThere(await store.progress(runId), runId);
  if (event === null) return null;
  const stage = (await stagesOf(store, runId, [event])).get(event.stage);
  return isShown(stage, event, 'all') ? artifactIn(event, stage) : null;
};

/** Artifacts read at a time. */
const READ = 200;

const stagesOf = async (
  store: Readings,
  runId: RunId,
  events: readonly RunEvent[],
): Promise<ReadonlyMap<string, StageRun>> => {
  const names = [...new Set(events.map(({ stage }) => stage as StageName))];
  const stages = new Map<string, StageRun>();
  if (names.length > 0)
    for await (const stage of everyStage(store, runId, { names, outputs: false })) stages.set(stage.stage, stage);
  return stages;
};

type OneAttempt = Pick<RunEvent, 'generation' | 'attempt'>;

/** Whether what an attempt of the stage stored is shown: once it has ended, and unless a later one follows. */
export const isShown = (stage: StageRun | undefined, attempt: OneAttempt, which: Which): boolean => {
  if (stage === undefined) return false;
  if (isLaterThan(stage, attempt)) return which === 'all';
  return isLastAttempt(stage, attempt) && isSettled(stage);
};

/** Of an attempt whose artifacts the run has. Those of a reused result are of an attempt of another run. */
export const isLastAttempt = (stage: StageRun, attempt: OneAttempt): boolean =>
  stage.reusedFrom !== null || (stage.generation === attempt.generation && stage.attempt === attempt.attempt);

const isLaterThan = (stage: StageRun, { generation, attempt }: OneAttempt): boolean =>
  stage.reusedFrom === null &&
  (stage.generation === generation ? stage.attempt > attempt : stage.generation > generation);

/** A running attempt may still fail and be retried. */
const isSettled = ({ status }: StageRun): boolean => status !== 'pending' && status !== 'running';

export const artifactIn = (
  { stage, generation, attempt, at, data }: RunEvent,
  { reusedFrom }: Pick<StageRun, 'reusedFrom'> = { reusedFrom: null },
): RunArtifact => ({
  ...(data as unknown as ArtifactMeta),
  stage,
  generation,
  attempt,
  storedAt: at,
  reusedFrom: reusedFrom?.runId ?? null,
});
