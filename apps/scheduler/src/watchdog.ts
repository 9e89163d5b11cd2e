import { failHungRun, type LiveRun, liveRuns } from '@millrace/core/engine';
import type { RunId } from '@millrace/core/domain';
import type { SchedulerDeps } from './scheduler-deps.ts';
import type { Leadership } from './leadership.ts';

/** Consecutive looks without progress after which a hung run is ended. The reconciler has had its turn by then. */
const PATIENCE = 3;

/** Publishes a heartbeat for each live run; reconciles if some are hung, and ends those that stay hung. */
export const watchdog = (
  { store, log, publishHeartbeats }: Pick<SchedulerDeps, 'store' | 'log' | 'publishHeartbeats'>,
  leadership: Pick<Leadership, 'leads'>,
): (() => Promise<void>) => {
  let suspects = new Map<RunId, { readonly lastSeq: number; readonly looks: number }>();
  return async () => {
    if (!leadership.leads()) return;
    const live = await liveRuns(store);
    await publishHeartbeats(live);
    suspects = countLooks(suspects, live);
    if (suspects.size === 0) return;
    log.warn({ runs: [...suspects.keys()].slice(0, 20) }, 'hung runs');
    await store.reconcileRuns([...suspects.keys()]);
    for (const [runId, { looks }] of suspects)
      if (looks >= PATIENCE && (await failHungRun(store, runId))) log.error({ runId }, 'a hung run was ended');
  };
};

type Suspects = ReadonlyMap<RunId, { readonly lastSeq: number; readonly looks: number }>;

const countLooks = (before: Suspects, live: readonly LiveRun[]): Map<RunId, { lastSeq: number; looks: number }> => {
  const hung = live.filter((run) => run.hung);
  return new Map(
    hung.map(({ runId, lastSeq }) => {
      const known = before.get(runId);
      return [runId, { lastSeq, looks: known?.lastSeq === lastSeq ? known.looks + 1 : 1 }];
    }),
  );
};
