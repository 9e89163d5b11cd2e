import type { ListedRun } from '@millrace/client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../../api.ts';
import { useLive } from '../../live/live-provider.tsx';
import { freshIn, isNewer, runsShown } from './list-of-runs.ts';
import type { RunsSearch } from './runs-search.ts';

const PAGE = 100;
/** Changed runs below the newest page are reread one by one: how many at once, and how often, ms. */
const SINGLES = 20;
const SINGLES_EVERY_MS = 1_000;

/**
 * The matching runs, live. `atTop`: the reader is at the top, where new runs may appear; otherwise they wait for
 * `acceptFresh`.
 */
export const useRunList = (search: RunsSearch, atTop: boolean) => {
  // Not among the keys reread on every event: that would be a hundred pages.
  const list = useInfiniteQuery({
    queryKey: ['run-list', search],
    queryFn: ({ pageParam, signal }) => api.runs({ ...search, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const head = useQuery({
    queryKey: ['runs', 'newest', search],
    queryFn: ({ signal }) => api.runs({ ...search, limit: PAGE }, signal),
  });
  const changed = useChangedRuns(list.data?.pages.flatMap(({ items }) => items) ?? NONE, head.data?.items ?? NONE);
  const [accepted, setAccepted] = useState<{ search: RunsSearch; upTo: ListedRun } | null>(null);

  const loaded = list.data?.pages[0]?.items[0] ?? null;
  const own = accepted?.search === search ? accepted.upTo : null;
  const upTo = own !== null && (loaded === null || isNewer(own, loaded)) ? own : loaded;
  const newest = head.data?.items[0] ?? null;
  const fresh = useMemo(
    () => (loaded === null && newest !== null ? [newest] : freshIn(head.data ?? null, upTo)),
    [head.data, upTo, loaded, newest],
  );
  const accept = (): void => {
    if (newest !== null) setAccepted({ search, upTo: newest });
  };
  useEffect(() => {
    if (atTop && fresh.length > 0 && newest !== null) setAccepted({ search, upTo: newest });
  }, [atTop, fresh, newest, search]);

  // More new runs than one page holds: there is a gap before the loaded ones.
  const { refetch } = list;
  const torn =
    fresh.length > 0 && fresh.length === head.data?.items.length && head.data.next_cursor !== null && loaded !== null;
  useEffect(() => {
    if (torn) void refetch();
  }, [torn, refetch]);

  const runs = useMemo(() => {
    const items = list.data?.pages.flatMap((page) => page.items) ?? NONE;
    const pages = { page: { items, next_cursor: null }, at: list.dataUpdatedAt };
    return runsShown(pages, head.data ? { page: head.data, at: head.dataUpdatedAt } : null, changed, upTo);
  }, [list.data, list.dataUpdatedAt, head.data, head.dataUpdatedAt, changed, upTo]);
  return { list, runs, fresh: fresh.length, accept };
};

const NONE: readonly ListedRun[] = [];

/** Current state of listed runs that changed and are not on the newest page. */
const useChangedRuns = (loaded: readonly ListedRun[], head: readonly ListedRun[]): ReadonlyMap<string, ListedRun> => {
  const live = useLive();
  const [changed, setChanged] = useState<ReadonlyMap<string, ListedRun>>(new Map());
  const shown = useRef({ loaded, head });
  useEffect(() => {
    shown.current = { loaded, head };
  });
  useEffect(() => {
    const touched = new Set<string>();
    const read = async (): Promise<void> => {
      if (touched.size === 0) return;
      const ids = new Set(shown.current.loaded.map(({ run_id }) => run_id));
      for (const { run_id } of shown.current.head) ids.delete(run_id);
      const wanted = [...touched].filter((id) => ids.has(id)).slice(0, SINGLES);
      touched.clear();
      const answers = await Promise.allSettled(wanted.map((id) => api.run(id, { limit: 1, outputs: 'none' })));
      const runs = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      if (runs.length > 0)
        setChanged((before) => new Map([...before, ...runs.map((run) => [run.run_id, run] as const)]));
    };
    const timer = setInterval(() => void read(), SINGLES_EVERY_MS);
    const unfollow = live.followAll({
      onEvent: ({ run_id, type }) => {
        if (type.startsWith('run.')) touched.add(run_id);
      },
      onResync: () => {},
    });
    return () => {
      clearInterval(timer);
      unfollow();
    };
  }, [live]);
  return changed;
};
