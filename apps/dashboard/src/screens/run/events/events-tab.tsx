/** Every recorded fact of the run, in its order. */
import type { Run } from '@millrace/core/domain';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { api } from '../../../api.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import { Button } from '../../../ui/button.tsx';
import { Empty, Notice } from '../../../ui/notice.tsx';
import { type EventFilter, isFiltering, passes } from './event-filter.ts';
import { EventList } from './event-list.tsx';
import { EventPages, type LoadEvents } from './event-pages.ts';
import { EventToolbar } from './event-toolbar.tsx';
import { useEventScan } from './use-event-scan.ts';

const route = getRouteApi('/runs/$runId');

export const EventsTab = ({ run, source }: { run: Run; source: LiveRun }) => {
  const { stage, failures = false, brief = false } = route.useSearch();
  const filter = useMemo((): EventFilter => ({ stage, failures, brief }), [stage, failures, brief]);
  const load = useMemo((): LoadEvents => async (afterSeq, limit) => (await api.events(run.runId, { after_seq: afterSeq, limit })).items, [run.runId]);
  return (
    <section aria-label="Events" className="overflow-hidden rounded-lg border border-line bg-panel">
      <EventToolbar runId={run.runId} stages={run.stages} lastSeq={run.lastSeq} filter={filter} load={load} />
      {isFiltering(filter) ? (
        <Filtered run={run} source={source} filter={filter} />
      ) : (
        <Whole key={run.runId} lastSeq={run.lastSeq} load={load} source={source} />
      )}
    </section>
  );
};

/** All of them: only the pages in view are loaded. */
const Whole = ({ lastSeq, load, source }: { lastSeq: number; load: LoadEvents; source: LiveRun }) => {
  const pages = useMemo(() => new EventPages(load), [load]);
  useSyncExternalStore(pages.onChange, pages.version);
  useEffect(() => {
    // A new source: the page comes out of an outage, and what failed in it is asked for again.
    pages.retry();
    return source.onEvents((events) => pages.take(events));
  }, [source, pages]);
  const want = useCallback((first: number, last: number) => pages.want(first + 1, last + 1), [pages]);
  const gone = pages.firstKept - 1;
  return (
    <>
      {gone > 0 ? <Notice tone="warn" title={`The events 1 to ${gone} are no longer kept`} /> : null}
      {pages.error === null ? null : (
        <Notice tone="bad" title="Some events could not be loaded" error={pages.error}>
          <Button onClick={() => pages.retry()}>Load them again</Button>
        </Notice>
      )}
      <EventList count={lastSeq} seqAt={oneBased} eventAt={(index) => pages.get(index + 1)} onView={want} />
    </>
  );
};
const oneBased = (index: number): number => index + 1;

/** Those that pass the filter, as they are found. */
const Filtered = ({ run, source, filter }: { run: Run; source: LiveRun; filter: EventFilter }) => {
  const wants = useMemo(() => passes.bind(null, filter), [filter]);
  const scan = useEventScan(run.runId, run.lastSeq, source, wants);
  const { found, looked, error } = scan;
  const finished = looked >= run.lastSeq;
  return (
    <>
      <p className="border-b border-line px-3 py-1.5 text-quiet">
        {found.length.toLocaleString('en-GB')} {found.length === 1 ? 'event' : 'events'}
        {finished
          ? ` of ${run.lastSeq.toLocaleString('en-GB')}`
          : `; looked through ${looked.toLocaleString('en-GB')} of ${run.lastSeq.toLocaleString('en-GB')}…`}
      </p>
      {error === null ? null : (
        <Notice tone="bad" title="The rest could not be looked through" error={error}>
          <Button onClick={() => scan.retry()}>Go on</Button>
        </Notice>
      )}
      {found.length === 0 && finished ? (
        <div className="p-4">
          <Empty title="No event passes the filter">It is applied to what happens from now on, too.</Empty>
        </div>
      ) : (
        <EventList count={found.length} seqAt={(index) => found[index]?.seq ?? 0} eventAt={(index) => found[index]} onView={NOTHING} />
      )}
    </>
  );
};
const NOTHING = (): void => {};
