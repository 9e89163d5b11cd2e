import type { Event } from '@millrace/client';
import { type QueryStatus, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { useLive } from '../../live/live-provider.tsx';
import { isShown, newestEvents, SHOWN } from './newest-events.ts';

/** Redraw interval that copes with a hundred events a second, ms. */
const DRAWN_EVERY_MS = 250;
/** Initial content: the last events of the last runs. */
const RUNS = 5;
const EVENTS = 60;

/** Events of one pipeline, or of all. `past`: whether events from before the page was opened are included. */
export const useNewestEvents = (pipeline?: string): { readonly events: readonly Event[]; readonly past: QueryStatus } => {
  const live = useLive();
  const [came, setCame] = useState<readonly Event[]>([]);
  // Events during other screens were missed: they are read again on each return.
  const past = useQuery({ queryKey: ['newest-events', pipeline ?? null], queryFn: ({ signal }) => readPast(pipeline, signal), staleTime: 0 });
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
  const pages = await Promise.all(items.map(({ run_id }) => api.events(run_id, { tail: EVENTS, type: SHOWN.join(',') }, signal)));
  return newestEvents(
    [],
    pages.flatMap((page) => page.items),
  );
};
