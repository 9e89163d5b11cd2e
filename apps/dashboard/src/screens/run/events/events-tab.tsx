/** The event log of a run, in order. */
import type { Run } from '@millrace/core/domain';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { api } from '../../../api.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import { Button } from '../../../ui/button.tsx';
import { Empty, Notice } from '../../../ui/notice.tsx';
import { useFirstKept } from '../first-kept.tsx';
import { EventList } from './event-list.tsx';
import { EventPages, type LoadEvents } from './event-pages.ts';
import { type EventFilter, isFiltering, wantedBy } from './event-scan.ts';
import { EventToolbar } from './event-toolbar.tsx';
import { useEventScan } from './use-event-scan.ts';

const route = getRouteApi('/runs/$runId');

export const EventsTab = ({ run, source }: { run: Run; source: LiveRun }) => {
  const { stage, failures = false, brief = false } = route.useSearch();
  const filter = useMemo((): EventFilter => ({ stage, failures, brief }), [stage, failures, brief]);
  const load = useMemo(
    (): LoadEvents => async (afterSeq, limit) => (await api.events(run.runId, { after_seq: afterSeq, limit })).items,
    [run.runId],
  );
  const gone = useFirstKept(run).firstKept - 1;
  const isUnknown = stage !== undefined && stage !== 'pipeline' && !run.stages.some((one) => one.stage === stage);
  return (
    <section aria-label="Events" className="overflow-hidden rounded-lg border border-line bg-panel">
      <EventToolbar
        runId={run.runId}
        stages={run.stages}
        lastSeq={run.lastSeq}
        gone={gone}
        filter={filter}
        load={load}
      />
      {isUnknown ? (
        <div className="p-4">
          <Empty title={`This run has no stage "${stage}"`}>Choose one of its stages above.</Empty>
        </div>
      ) : isFiltering(filter) ? (
        <Filtered run={run} gone={gone} source={source} filter={filter} />
      ) : (
        <Whole key={run.runId} lastSeq={run.lastSeq} gone={gone} load={load} source={source} />
      )}
    </section>
  );
};

/** All events: only the pages in view are loaded. */
const Whole = ({
  lastSeq,
  gone,
  load,
  source,
}: {
  lastSeq: number;
  gone: number;
  load: LoadEvents;
  source: LiveRun;
}) => {
  const pages = useMemo(() => new EventPages(load), [load]);
  useSyncExternalStore(pages.onChange, pages.version);
  useEffect(() => {
    // A new source follows an outage: failed pages are requested again.
    pages.retry();
    return source.onEvents((events) => pages.take(events));
  }, [source, pages]);
  const seqAt = (index: number): number => gone + index + 1;
  const want = useCallback(
    (first: number, last: number) => pages.want(gone + first + 1, gone + last + 1),
    [pages, gone],
  );
  return (
    <>
      {pages.error === null ? null : (
        <Notice tone="bad" title="Could not load some events" error={pages.error}>
          <Button onClick={() => pages.retry()}>Try again</Button>
        </Notice>
      )}
      <EventList
        count={Math.max(0, lastSeq - gone)}
        seqAt={seqAt}
        eventAt={(index) => pages.get(seqAt(index))}
        onView={want}
      />
    </>
  );
};

/** Matching events, as they are found. */
const Filtered = ({ run, gone, source, filter }: { run: Run; gone: number; source: LiveRun; filter: EventFilter }) => {
  const wanted = useMemo(() => wantedBy(filter), [filter]);
  const scan = useEventScan(run.runId, run.lastSeq, source, wanted);
  const { found, looked, error } = scan;
  const finished = looked >= run.lastSeq;
  return (
    <>
      <p className="border-b border-line px-3 py-1.5 text-quiet">
        {found.length.toLocaleString('en-GB')} {found.length === 1 ? 'event' : 'events'}
        {finished
          ? ` of ${Math.max(0, run.lastSeq - gone).toLocaleString('en-GB')}`
          : `; searched ${looked.toLocaleString('en-GB')} of ${run.lastSeq.toLocaleString('en-GB')}…`}
      </p>
      {error === null ? null : (
        <Notice tone="bad" title="Could not search the rest" error={error}>
          <Button onClick={() => scan.retry()}>Go on</Button>
        </Notice>
      )}
      {found.length === 0 && finished ? (
        <div className="p-4">
          <Empty title="No event matches the filter">New events that match will appear here.</Empty>
        </div>
      ) : (
        <EventList
          count={found.length}
          seqAt={(index) => found[index]?.seq ?? 0}
          eventAt={(index) => found[index]}
          onView={NOTHING}
        />
      )}
    </>
  );
};
const NOTHING = (): void => {};
