import type { Deployment } from './deployment.ts';

/** Renews or takes the leadership. After an expired term even its holder begins a new one, with the next fence. */
export const lead = (
  deployment: Deployment,
  { scheduler, ttlMs }: { scheduler: string; ttlMs: number },
): { leader: boolean; fence: number; holder: string } => {
  const now = deployment.clock.now();
  // A term that ends later than its ttl from now was begun before the clock stepped back: it has ended.
  const { leader } = deployment;
  const current = leader && leader.until > now && leader.until <= now + leader.ttlMs ? leader : null;
  if (current && current.holder !== scheduler) return { leader: false, fence: current.fence, holder: current.holder };
  const fence = current?.fence ?? ++deployment.leaderFence;
  deployment.leader = { holder: scheduler, fence, until: now + ttlMs, ttlMs };
  return { leader: true, fence, holder: scheduler };
};
