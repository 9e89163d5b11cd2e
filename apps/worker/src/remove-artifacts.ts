import { abandonedOwners, keepArtifacts, oldOwners } from '@millrace/core/artifacts';
import type { RunId } from '@millrace/core/domain';
import type { ArtifactOwner, ArtifactStore, Store } from '@millrace/core/ports';
import { isStoreTrouble } from '@millrace/core/redis';
import type { Logger } from 'pino';

/** For artifacts that no store reports as removable: decided by age alone. */
const LOOK_EVERY_MS = 60 * 60_000;
/** Clocks of machines that share the folder may differ, and a run may end long after it stored its last artifact. */
const LONGER_MS = 7 * 24 * 60 * 60_000;
/** Runs per step, and steps per pass. */
const AT_ONCE = 100;
const STEPS = 10;

export interface RemoveArtifacts {
  readonly store: Pick<Store, 'prunedArtifacts' | 'forgetArtifacts' | 'knownRuns' | 'artifactUse'>;
  readonly artifacts: ArtifactStore;
  /** Where they are. */
  readonly folder: string;
  readonly everyMs: number;
  readonly retentionAgeMs: number;
  readonly log: Logger;
}

/**
 * Removes the artifacts of pruned runs, now and periodically. Returns a function that stops it. Any number of workers
 * may do so concurrently.
 */
export const keepRemovingArtifacts = (options: RemoveArtifacts): (() => void) => {
  const pass = oneAtATime(options, removerOfPruned(options));
  const look = oneAtATime(options, removerOfLeft(options));
  void pass();
  void look();
  const timers = [setInterval(() => void pass(), options.everyMs), setInterval(() => void look(), LOOK_EVERY_MS)];
  for (const timer of timers) timer.unref();
  return () => timers.forEach(clearInterval);
};

/** Artifacts of runs that the store reports. Also notes that this deployment is served. */
const removerOfPruned = (options: RemoveArtifacts): (() => Promise<void>) => {
  const { store, folder, retentionAgeMs } = options;
  let noted = { deployment: '', at: 0 };
  return async () => {
    for (let step = 0; step < STEPS; step++) {
      const { deployment, runIds } = await store.prunedArtifacts(AT_ONCE);
      const now = Date.now();
      const isDue = noted.deployment !== deployment || now - noted.at > LOOK_EVERY_MS;
      if (isDue && (await keepArtifacts(folder, deployment, now + retentionAgeMs + LONGER_MS)))
        noted = { deployment, at: now };
      const owners = runIds.map((runId) => ({ deployment, runId }));
      await removeAll(options, owners);
      if (runIds.length > 0) await store.forgetArtifacts(runIds);
      if (runIds.length < AT_ONCE) return;
    }
  };
};

/**
 * Unreported artifacts, long after the last run that could own them was due for pruning: those of runs unknown to this
 * store, and of deployments no longer served. Each call continues where the previous one ended.
 */
export const removerOfLeft = (options: RemoveArtifacts): (() => Promise<void>) => {
  const { store, folder, retentionAgeMs } = options;
  let after = '';
  return async () => {
    const { deployment } = await store.artifactUse('' as RunId);
    const now = Date.now();
    const old = await oldOwners(folder, deployment, now - retentionAgeMs - LONGER_MS, after, AT_ONCE * STEPS);
    after = old.length < AT_ONCE * STEPS ? '' : old.at(-1)!;
    const known = await store.knownRuns(old);
    // A store that has lost its data since knows none of them, and may be the wrong one.
    const left = known.deployment === deployment ? old.filter((runId) => !known.runIds.includes(runId)) : [];
    await removeAll(options, [
      ...left.map((runId) => ({ deployment, runId })),
      ...(await abandonedOwners(folder, deployment, now, AT_ONCE * STEPS)),
    ]);
  };
};

const removeAll = async ({ artifacts, log }: RemoveArtifacts, owners: readonly ArtifactOwner[]): Promise<void> => {
  for (const owner of owners)
    await artifacts
      .remove(owner)
      .catch((error: unknown) =>
        log.warn(
          { err: error, run_id: owner.runId },
          'the artifacts of a pruned run could not be removed: they are left to their age',
        ),
      );
  if (owners.length > 0) log.info({ runs: owners.length }, 'removed the artifacts of runs that are no more');
};

const oneAtATime = ({ log }: RemoveArtifacts, act: () => Promise<void>): (() => Promise<void>) => {
  let isActing = false;
  return async () => {
    if (isActing) return;
    isActing = true;
    await act()
      .catch((error: Error) =>
        log[isStoreTrouble(error) ? 'debug' : 'warn'](
          { err: error },
          'artifacts of pruned runs could not be looked for',
        ),
      )
      .finally(() => (isActing = false));
  };
};
