import type { Deployment } from './deployment.ts';

/** Renews or takes the leadership. A term that ran out is over: even its own holder begins a new one, with the next fence. */
export const lead = (
  deployment: Deployment,
  { scheduler, ttlMs }: { scheduler: string; ttlMs: number },
): { leader: boolean; fence: number; holder: string } => {
  const now = deployment.clock.now();
  const current = deployment.leader && deployment.leader.until > now ? deployment.leader : null;
  if (current && current.holder !== scheduler) return { leader: false, fence: current.fence, holder: current.holder };
  const fence = current?.fence ?? ++deployment.leaderFence;
  deployment.leader = { holder: scheduler, fence, until: now + ttlMs };
  return { leader: true, fence, holder: scheduler };
};
