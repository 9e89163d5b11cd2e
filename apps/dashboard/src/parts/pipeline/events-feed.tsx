import type { Event } from '@millrace/client';
import { shortRunId } from '@millrace/core/domain';
import { type QueryStatus, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo, useEffect, useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { formatTimeOfDay, useZone } from '../../format/zoned-instant.ts';
import { useLive } from '../../live/live-provider.tsx';
import { Panel } from '../../ui/panel.tsx';
import { isShown, keyOf, newestEvents, SHOWN } from './newest-events.ts';

/** The latest events, live: of all runs, or of one pipeline. */
export const EventsFeed = ({ pipeline }: { pipeline?: string }) => {
  const { events, past } = useNewestEvents(pipeline);
  return (
    <Panel title="Latest events">
      {events.length === 0 ? (
        <p className="p-4 text-quiet">{NOTHING[past](pipeline ?? 'a pipeline')}</p>
      ) : (
        <ol aria-label="Latest events, newest first" tabIndex={0} className="max-h-[36rem] overflow-auto py-1">
          {events.map((event) => (
            <EventLine key={keyOf(event)} event={event} ofRun={pipeline !== undefined} />
          ))}
        </ol>
      )}
    </Panel>
  );
};

const NOTHING: Readonly<Record<QueryStatus, (pipeline: string) => string>> = {
  pending: () => 'Loading…',
  error: () => 'Cannot load the latest events right now.',
  success: (pipeline) => `Events appear here live when ${pipeline} runs.`,
};

const TONES: Readonly<Record<string, string>> = {
  success: 'text-good',
  failure: 'text-bad',
  error: 'text-warn',
  start: 'text-busy',
};

/** `ofRun`: all lines belong to one pipeline, and name their runs. */
const EventLine = memo(({ event, ofRun }: { event: Event; ofRun: boolean }) => {
  const zone = useZone();
  return (
    <li className="flex items-baseline gap-2 px-4 py-0.5 hover:bg-raised">
      <time dateTime={event.timestamp} className="shrink-0 font-mono text-xs text-faint">
        {formatTimeOfDay(Date.parse(event.timestamp), zone).slice(0, 8)}
      </time>
      <Link
        to="/runs/$runId"
        params={{ runId: event.run_id }}
        preload={false}
        className="max-w-32 shrink-0 truncate text-accent hover:underline"
        title={event.run_id}
      >
        {ofRun ? shortRunId(event.run_id) : event.pipeline}
      </Link>
      <span className={`line-clamp-2 min-w-0 flex-1 wrap-anywhere ${TONES[event.event] ?? ''}`} title={event.msg}>
        {event.msg}
      </span>
    </li>
  );
});

/** Redraw interval that copes with a hundred events a second, ms. */
const DRAWN_EVERY_MS = 250;
/** Initial content: the last events of the last runs. */
const RUNS = 5;
const EVENTS = 60;

/** Events of one pipeline, or of all. `past`: whether events from before the page was opened are included. */
const useNewestEvents = (pipeline?: string): { readonly events: readonly Event[]; readonly past: QueryStatus } => {
  const live = useLive();
  const [came, setCame] = useState<readonly Event[]>([]);
  // Events during other screens were missed: they are read again on each return.
  const past = useQuery({
    queryKey: ['newest-events', pipeline ?? null],
    queryFn: ({ signal }) => readPast(pipeline, signal),
    staleTime: 0,
  });
  useEffect(() => {
    let waiting: Event[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const draw = (): void => {
      timer = null;
      const drawn = waiting;
      waiting = [];
      setCame((before) => newestEvents(before, drawn));
    };
    const unfollow = live.followAll({
      onEvent: (event) => {
        if (!isShown(event) || (pipeline !== undefined && event.pipeline !== pipeline)) return;
        waiting.push(event);
        timer ??= setTimeout(draw, DRAWN_EVERY_MS);
      },
      onResync: () => {},
    });
    return () => {
      unfollow();
      if (timer !== null) clearTimeout(timer);
    };
  }, [live, pipeline]);
  return { events: useMemo(() => newestEvents(past.data ?? [], came), [past.data, came]), past: past.status };
};

const readPast = async (pipeline: string | undefined, signal: AbortSignal): Promise<readonly Event[]> => {
  const { items } = await api.runs({ limit: RUNS, pipeline }, signal);
  const pages = await Promise.all(
    items.map(({ run_id }) => api.events(run_id, { tail: EVENTS, type: SHOWN.join(',') }, signal)),
  );
  return newestEvents(
    [],
    pages.flatMap((page) => page.items),
  );
};
