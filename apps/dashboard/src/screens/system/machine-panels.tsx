import type { Health } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api } from '../../api.ts';
import { formatBytes, formatCount, formatDuration, formatShare } from '../../format/amounts.ts';
import { useTrouble } from '../../live/trouble.ts';
import { Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Read, REREAD_MS } from './panel-data.tsx';

/** Health: problems first, then Redis, the scheduler and the API's machine. */
export const Machine = () => {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => api.health(signal),
    refetchInterval: REREAD_MS,
  });
  return (
    <Read query={health} what="the health">
      {(read) => (
        <>
          <Concerns health={read} />
          <div className="grid gap-4 md:grid-cols-2">
            <Redis redis={read.system.redis} />
            <Rest system={read.system} />
          </div>
        </>
      )}
    </Read>
  );
};

const Concerns = ({ health: { concerns, definition_problems } }: { health: Health }) => {
  const problems = new Set(definition_problems.map(({ message }) => message));
  const trouble = useTrouble();
  const others = concerns.filter((concern) => !problems.has(concern));
  return (
    <>
      {concerns.length === 0 && trouble === null ? (
        <p role="status" className="rounded-lg border border-line bg-panel px-4 py-3 font-medium text-good">
          <span aria-hidden="true">✓ </span>All is well
        </p>
      ) : null}
      {others.length === 0 ? null : (
        <Notice tone="warn" title={others.length === 1 ? 'One problem' : `${others.length} problems`}>
          <ul className="list-disc pl-5 text-ink">
            {others.map((concern) => (
              <li key={concern}>{concern}</li>
            ))}
          </ul>
        </Notice>
      )}
      {definition_problems.map(({ message, errors }) => (
        <Notice key={message} tone="bad" title="Could not load a definition">
          <p className="font-mono text-xs text-ink">{message}</p>
          {errors.length === 0 ? null : (
            <ul className="list-disc pl-5 text-ink">
              {errors.map((error) => (
                <li key={error.path + error.message}>
                  <code>{error.path}</code> {error.message}
                </li>
              ))}
            </ul>
          )}
        </Notice>
      ))}
    </>
  );
};

const Redis = ({ redis }: { redis: Health['system']['redis'] }) => (
  <Panel title="Redis">
    <Facts>
      <Fact name="Version">
        {redis.version}, {redis.role}
      </Fact>
      <Fact name="Memory">
        {formatBytes(redis.used_memory_bytes)}{' '}
        {redis.max_memory_bytes === 0
          ? ', no limit'
          : `of ${formatBytes(redis.max_memory_bytes)} (${formatShare(redis.used_memory_bytes / redis.max_memory_bytes)})`}
      </Fact>
      <Fact name="Eviction policy" wrong={redis.eviction_policy !== 'noeviction'}>
        {redis.eviction_policy === 'noeviction'
          ? 'noeviction: rejects writes when full'
          : `evicts keys (${redis.eviction_policy}): runs can be lost`}
      </Fact>
      <Fact name="Append-only file" wrong={!redis.aof}>
        {redis.aof ? 'on' : 'off: unsaved data is lost if Redis crashes'}
      </Fact>
      <Fact name="Clients">{formatCount(redis.clients)}</Fact>
      <Fact name="Uptime">{formatDuration(redis.uptime_seconds * 1_000)}</Fact>
    </Facts>
  </Panel>
);

const Rest = ({ system: { scheduler, disk, memory, workers, counters } }: { system: Health['system'] }) => (
  <Panel title="Scheduler, disk and counts">
    <Facts>
      <Fact name="Scheduler" wrong={scheduler === null}>
        {scheduler === null ? 'no leader: schedules do not fire' : `${scheduler.leader} leads`}
      </Fact>
      <Fact name="Slots">
        {formatCount(workers.busy)} of {formatCount(workers.slots)} busy,{' '}
        {workers.count === 1 ? '1 worker' : `${formatCount(workers.count)} workers`}
      </Fact>
      <Fact name="Disk" wrong={disk.free_bytes < disk.total_bytes * 0.05}>
        {formatBytes(disk.free_bytes)} free of {formatBytes(disk.total_bytes)} at <code>{disk.path}</code>
      </Fact>
      <Fact name="This API's memory">{formatBytes(memory.rss_bytes)}</Fact>
      {COUNTERS.map(({ name, says }) => (
        <Fact key={name} name={says}>
          {formatCount(counters[name] ?? 0)}
        </Fact>
      ))}
    </Facts>
  </Panel>
);

const Facts = ({ children }: { children: ReactNode }) => (
  <dl className="grid grid-cols-[minmax(8rem,auto)_1fr] gap-x-4 gap-y-1.5 p-4">{children}</dl>
);

const Fact = ({ name, wrong = false, children }: { name: string; wrong?: boolean; children: ReactNode }) => (
  <>
    <dt className="text-quiet">{name}</dt>
    <dd className={wrong ? 'font-medium text-warn' : ''}>
      {wrong ? <span aria-hidden="true">! </span> : null}
      {children}
    </dd>
  </>
);

/** The store's counters, in words for operators. */
const COUNTERS: readonly { readonly name: string; readonly says: string }[] = [
  { name: 'rescued', says: 'Stages recovered from lost workers' },
  { name: 'fenced', says: 'Late writes rejected by the fence' },
  { name: 'repaired', says: 'Inconsistencies repaired' },
  { name: 'lock_taken_over', says: 'Stale locks taken over' },
];
