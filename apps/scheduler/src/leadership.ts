import type { SchedulerDeps } from './scheduler-deps.ts';

export interface Leadership {
  leads(): boolean;
  readonly renewMs: number;
  renew(): Promise<void>;
  /** Releases leadership at once, so that the next leader need not wait for its expiry. */
  release(): Promise<void>;
}

/** Leadership only saves duplicate work: everything a leader does is safe if done twice. */
export const seekLeadership = ({
  store,
  log,
  name,
  times,
}: Pick<SchedulerDeps, 'store' | 'log' | 'name' | 'times'>): Leadership => {
  const ttlMs = Math.min(Math.max(times.sweepMs, 1_000), 5_000);
  let leadsUntil = 0;
  let known = false;

  const renew = async (): Promise<void> => {
    const asked = performance.now();
    const { leader, fence, holder } = await store.lead({ scheduler: name, ttlMs });
    leadsUntil = leader ? asked + ttlMs : 0;
    if (leader !== known) log.info({ fence, holder }, leader ? 'this scheduler leads' : 'another scheduler leads');
    known = leader;
  };
  return {
    leads: () => performance.now() < leadsUntil,
    renewMs: ttlMs / 3,
    renew,
    release: async () => {
      if (performance.now() >= leadsUntil) return;
      leadsUntil = 0;
      await store.lead({ scheduler: name, ttlMs: 0 });
    },
  };
};
