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
    const counting = await countingIn(store, runId, events, which);
    for (const event of events) {
      if (counting(event) && items.length === limit) return { items, next: place };
      if (counting(event)) items.push(artifactIn(event));
      place += 1;
    }
    if (events.length < READ) return { items, next: null };
  }
};

/** The artifact with this id, if its attempt has ended. */
export const artifactWithId = async (store: Readings, runId: RunId, id: string): Promise<RunArtifact | null> => {
  const event = await store.artifactEvent(runId, id);
  if (event === null) stillThere(await store.progress(runId), runId);
  return event !== null && (await countingIn(store, runId, [event], 'all'))(event) ? artifactIn(event) : null;
};

/** Artifacts read at a time. */
const READ = 200;

const countingIn = async (
  store: Readings,
  runId: RunId,
  events: readonly RunEvent[],
  which: Which,
): Promise<(event: RunEvent) => boolean> => {
  const names = [...new Set(events.map(({ stage }) => stage as StageName))];
  const stages = new Map<string, StageRun>();
  if (names.length > 0)
    for await (const stage of everyStage(store, runId, { names, outputs: false })) stages.set(stage.stage, stage);
  return (event) => isShown(stages.get(event.stage), event, which);
};

/** Whether what an attempt of the stage stored is shown: once it has ended, and unless a later one follows. */
export const isShown = (stage: StageRun | undefined, attempt: OneAttempt, which: Which): boolean => {
  if (stage === undefined || isLater(attempt, stage)) return false;
  return isLater(stage, attempt) ? which === 'all' : isSettled(stage);
};

type OneAttempt = Pick<RunEvent, 'generation' | 'attempt'>;

const isLater = (one: OneAttempt, other: OneAttempt): boolean =>
  one.generation === other.generation ? one.attempt > other.attempt : one.generation > other.generation;

/** No attempt of the stage began later. */
export const isLastAttempt = (stage: StageRun, attempt: OneAttempt): boolean => !isLater(stage, attempt);

/** A running attempt may still fail and be retried. */
const isSettled = ({ status }: StageRun): boolean => status !== 'pending' && status !== 'running';

export const artifactIn = ({ stage, generation, attempt, at, data }: RunEvent): RunArtifact => ({
  ...(data as unknown as ArtifactMeta),
  stage,
  generation,
  attempt,
  storedAt: at,
});
