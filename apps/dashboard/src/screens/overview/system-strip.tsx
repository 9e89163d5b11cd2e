import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../api.ts';
import { formatBytes, formatCount } from '../../format/amounts.ts';
import { firstOf } from '../../live/first-of.ts';

/** Workers, queues, Redis and scheduler in one line each; the system screen has the details. */
export const SystemStrip = () => {
  const { data: health } = useHealth();
  const { data: queues } = useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => firstOf((query) => api.queues(query, signal)),
    refetchInterval: REFRESH_MS,
  });
  const sum = (of: 'waiting' | 'active' | 'delayed'): number =>
    (queues?.items ?? []).reduce((total, queue) => total + queue[of], 0);
  const system = health?.system;
  return (
    <section aria-label="System" className="mb-4 rounded-lg border border-line bg-panel">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 px-4 py-2.5 sm:grid-cols-3 lg:flex lg:flex-wrap lg:items-center">
        <Fact name="Workers" warn={system?.workers.count === 0}>
          {system ? `${system.workers.count} up, ${system.workers.busy} of ${system.workers.slots} slots busy` : '–'}
        </Fact>
        <Fact name="Queues">
          {queues
            ? `${formatCount(sum('waiting'))} waiting, ${formatCount(sum('active'))} active, ${formatCount(sum('delayed'))} delayed`
            : '–'}
        </Fact>
        <Fact name="Redis" warn={system ? !system.redis.aof || system.redis.eviction_policy !== 'noeviction' : false}>
          {system
            ? `${formatBytes(system.redis.used_memory_bytes)}${system.redis.max_memory_bytes > 0 ? ` of ${formatBytes(system.redis.max_memory_bytes)}` : ''}, ${system.redis.aof ? 'AOF on' : 'AOF off'}, ${system.redis.eviction_policy}`
            : '–'}
        </Fact>
        <Fact name="Scheduler" warn={system?.scheduler === null}>
          {system ? (system.scheduler === null ? 'no leader' : `led by ${system.scheduler.leader}`) : '–'}
        </Fact>
        <div className="lg:ml-auto">
          <dt className="sr-only">More</dt>
          <dd>
            <Link to="/system" className="text-accent underline">
              Queues and workers
            </Link>
          </dd>
        </div>
      </dl>
    </section>
  );
};

/** Workers and queues change without run events: reread interval, ms. */
const REFRESH_MS = 5_000;

const Fact = ({ name, warn = false, children }: { name: string; warn?: boolean; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-xs text-faint">{name}</dt>
    <dd className={warn ? 'font-medium text-warn' : ''}>
      {warn ? <span aria-hidden="true">! </span> : null}
      {children}
    </dd>
  </div>
);

export const useHealth = () =>
  useQuery({ queryKey: ['health'], queryFn: ({ signal }) => api.health(signal), refetchInterval: REFRESH_MS });
