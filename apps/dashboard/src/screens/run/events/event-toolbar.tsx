import type { Event } from '@millrace/client';
import type { Run } from '@millrace/core/domain';
import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { memo, useState } from 'react';
import { formatCount, formatShare } from '../../../format/amounts.ts';
import { Button } from '../../../ui/button.tsx';
import { Notice } from '../../../ui/notice.tsx';
import type { LoadEvents } from './event-pages.ts';
import type { EventFilter } from './event-scan.ts';

const route = getRouteApi('/runs/$runId');

interface EventToolbarProps {
  readonly runId: string;
  readonly stages: Run['stages'];
  readonly lastSeq: number;
  /** Events already deleted from the beginning. */
  readonly gone: number;
  readonly filter: EventFilter;
  readonly load: LoadEvents;
}

export const EventToolbar = ({ runId, stages, lastSeq, gone, filter, load }: EventToolbarProps) => {
  const [done, setDone] = useState(0);
  const kept = Math.max(0, lastSeq - gone);
  const download = useMutation({
    mutationFn: async () => saveAs(await readAllEvents(load, lastSeq, setDone), `${runId}-events.ndjson`),
  });
  return (
    <div className="border-b border-line px-3 py-2">
      <div className="flex flex-wrap items-center gap-3">
        <Filters stages={stages} filter={filter} />
        <span className="ml-auto text-quiet">
          {formatCount(kept)} {kept === 1 ? 'event' : 'events'}
        </span>
        <Button busy={download.isPending} onClick={() => download.mutate()}>
          {download.isPending ? `Downloading ${formatShare(lastSeq === 0 ? 1 : done / lastSeq)}` : 'Download NDJSON'}
        </Button>
      </div>
      {download.isError ? <Notice tone="bad" title="Could not download the events" error={download.error} /> : null}
    </div>
  );
};

/**
 * Stored in the address, so that links keep it. A run's stages do not change, but the run object does with every event.
 */
const Filters = memo(
  ({ stages, filter }: { stages: Run['stages']; filter: EventFilter }) => {
    const navigate = route.useNavigate();
    const narrow = (change: {
      stage?: string | undefined;
      failures?: true | undefined;
      brief?: true | undefined;
    }): void =>
      void navigate({
        search: ({ generation: _, attempt: __, line: ___, ...search }) => {
          const next = { ...search, ...change };
          return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
        },
        replace: true,
        resetScroll: false,
      });
    return (
      <>
        <label className="flex min-w-0 items-center gap-2">
          Stage
          <select
            value={filter.stage ?? ''}
            onChange={(event) => narrow({ stage: event.target.value === '' ? undefined : event.target.value })}
            className="min-h-8 max-w-64 min-w-0 rounded-md border border-line bg-canvas px-2"
          >
            <option value="">all</option>
            <option value="pipeline">pipeline (the run itself)</option>
            {stages.map(({ stage }) => (
              <option key={stage} value={stage}>
                {stage}
              </option>
            ))}
          </select>
        </label>
        <label className="flex min-h-8 items-center gap-1.5">
          <input
            type="checkbox"
            checked={filter.failures}
            onChange={(event) => narrow({ failures: event.target.checked || undefined })}
            className="accent-[var(--accent)]"
          />
          Failures only
        </label>
        <label className="flex min-h-8 items-center gap-1.5">
          <input
            type="checkbox"
            checked={filter.brief}
            onChange={(event) => narrow({ brief: event.target.checked || undefined })}
            className="accent-[var(--accent)]"
          />
          Hide log lines and metrics
        </label>
      </>
    );
  },
  (before, after) => before.filter === after.filter && before.stages.length === after.stages.length,
);

/** Events a page of the download. */
const STEP = 500;

/** The whole event log as JSON lines. `progress` receives the number of events read. Throws what `load` throws. */
const readAllEvents = async (load: LoadEvents, lastSeq: number, progress: (events: number) => void): Promise<Blob> => {
  const parts: string[] = [];
  let looked = 0;
  while (looked < lastSeq) {
    const events: readonly Event[] = await load(looked, STEP);
    if (events.length === 0) break;
    parts.push(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    looked = events.at(-1)!.seq;
    progress(looked);
  }
  return new Blob(parts, { type: 'application/x-ndjson' });
};

const saveAs = (blob: Blob, name: string): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};
