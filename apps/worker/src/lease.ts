import { backoff, type WorkerId } from '@millrace/core/domain';
import { isAway } from '@millrace/core/embedded';
import { retry, storeState } from '@millrace/core/engine';
import type { Store, WorkerInfo } from '@millrace/core/ports';
import type { Logger } from 'pino';
import type { HeldClaims } from './held-claims.ts';

export interface LeaseOptions {
  readonly store: Store;
  readonly worker: WorkerId;
  readonly info: WorkerInfo;
  readonly held: HeldClaims;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly log: Logger;
}

/**
 * The worker's side of its lease: registers, and with every heartbeat reports its claims and learns which to stop.
 * A cancel's wake-up only advances the next heartbeat; if it is lost, the heartbeat bounds the delay.
 */
export const leaseOf = ({ store, worker, info, held, leaseMs, heartbeatMs, log }: LeaseOptions) => {
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> | null = null;
  let again = false;
  let ordinal = 0;
  let released = false;
  const state = storeState(log);

  const renew = async (register: boolean): Promise<void> => {
    ordinal += 1;
    const answer = await store.renewLease({ worker, ttlMs: leaseMs, info, register, ordinal, held: held.refs() });
    if (!answer.registered) {
      if (released) return;
      log.warn(
        { held: held.size },
        'the lease was lost (it ended, or Redis lost its data): stopping what was held and registering anew',
      );
      held.abortAll({ kind: 'fenced', reason: 'the lease was lost', graceMs: 0 });
      return renew(true);
    }
    for (const claim of answer.fenced)
      held.abort(claim, { kind: 'fenced', reason: 'the stage was taken by another worker', graceMs: 0 });
    for (const { reason, graceMs, ...claim } of answer.cancel)
      held.abort(claim, { kind: 'cancelled', reason, graceMs });
    if (answer.orphans > 0) log.warn({ orphans: answer.orphans }, 'stages claimed under a lost reply were handed back');
  };

  const beat = (): Promise<void> => {
    if (released) return Promise.resolve();
    if (beating) {
      again = true;
      return beating;
    }
    beating = renew(false)
      .then(() => state.worked('heartbeat'))
      .catch((error: unknown) => {
        if (!state.failed('heartbeat', error)) log.error({ err: error }, 'heartbeat failed');
      })
      .finally(() => {
        beating = null;
        if (!again) return;
        again = false;
        // Claims whose replies arrived together with this one's are taken in first: the next renewal would omit them.
        setImmediate(() => void beat());
      });
    return beating;
  };

  return {
    /** Waits while Redis is down or refuses writes, and logs that once. */
    register: async () => {
      let waits = false;
      await retry(() => renew(true), {
        pauses: backoff(heartbeatMs),
        retryIf: isAway,
        onRetry: (error) => {
          if (!waits) log.warn({ err: error }, 'the worker cannot be registered: waiting for Redis');
          waits = true;
        },
      });
      if (waits) log.info('the worker is registered: going on');
      timer = setInterval(() => void beat(), heartbeatMs);
    },
    /** Renews now. */
    beat,
    release: async () => {
      clearInterval(timer);
      released = true;
      await beating;
      await store.releaseWorker(worker);
    },
  };
};
