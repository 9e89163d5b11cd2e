import { connectLive, type Live, type LiveStatus } from '@millrace/client';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { BASE_PATH } from '../served-below.ts';
import { queryClient } from './query-client.ts';
import { askForTrouble, beginTrouble, endTrouble, useTrouble } from './trouble.ts';

const LiveContext = createContext<Live | null>(null);
export const useLive = (): Live => useContext(LiveContext)!;

export const useLiveStatus = (): LiveStatus => {
  const live = useLive();
  return useSyncExternalStore(live.onStatus, live.status);
};

/** Events of runs affect lists and overviews; they are reread at most this often, ms. */
const REFRESH_MS = 1_000;
/** A tab hidden for this long gives up its connection, ms. */
const REST_AFTER_MS = 5_000;
/** Interval of health checks, ms; and during an outage. */
const WATCH_MS = 10_000;
const ASK_MS = 2_000;

/** One socket for the whole page; lists are reread on its events. */
export const LiveProvider = ({ children }: { children: ReactNode }) => {
  const [live] = useState(() => connectLive({ url: BASE_PATH }));
  useEffect(() => {
    let resting: ReturnType<typeof setTimeout> | undefined;
    const wake = (): void => {
      clearTimeout(resting);
      if (document.visibilityState === 'visible') live.wake();
      else resting = setTimeout(() => live.rest(), REST_AFTER_MS);
    };
    const refresh = throttled(
      () => void queryClient.invalidateQueries({ predicate: ({ queryKey }) => FOLLOWING.has(String(queryKey[0])) }),
      REFRESH_MS,
    );
    const runs = new Set<string>();
    const refreshGates = throttled(() => {
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => isOfGates(queryKey, runs) });
      runs.clear();
    }, REFRESH_MS);
    const unfollow = live.followAll({
      onEvent: ({ type, run_id }) => {
        const ofGate = type.startsWith('gate.');
        if (ofGate || type.startsWith('run.') || type === 'stage.failed' || type === 'stage.retrying') refresh();
        if (!ofGate) return;
        runs.add(run_id);
        refreshGates();
      },
      onResync: () => void queryClient.invalidateQueries(),
    });
    const unwatch = live.onStatus((status) => {
      if (status !== 'offline') return;
      void askForTrouble().then((found) => found !== null && beginTrouble(found));
      // Ending the session elsewhere closes the socket: check the session again.
      void queryClient.invalidateQueries({ queryKey: ['session'] });
    });
    live.wake();
    document.addEventListener('visibilitychange', wake);
    addEventListener('online', wake);
    return () => {
      clearTimeout(resting);
      unfollow();
      unwatch();
      live.close();
      document.removeEventListener('visibilitychange', wake);
      removeEventListener('online', wake);
    };
  }, [live]);
  useRecovery(live);
  return <LiveContext value={live}>{children}</LiveContext>;
};

/** First element of the query keys whose results change with every run. */
const FOLLOWING = new Set([
  'pipelines',
  'pipeline',
  'runs',
  'health',
  'queues',
  'workers',
  'locks',
  'schedules',
  'ticks',
]);

/**
 * Keys of gates are 'gates', then the run that they are of, or 'all'. A gate is large: it is reread only for events of
 * its own run.
 */
const isOfGates = ([first, of]: readonly unknown[], runs: ReadonlySet<string>): boolean =>
  first === 'gates' && (of === 'all' || runs.has(String(of)));

/** Checks for outages now and then, and during one until it is over: then rereads everything. */
const useRecovery = (live: Live): void => {
  const trouble = useTrouble();
  useEffect(() => {
    const ask = async (): Promise<void> => {
      if (document.visibilityState !== 'visible') return;
      const found = await askForTrouble();
      if (found !== null) return beginTrouble(found);
      if (trouble === null) return;
      endTrouble();
      live.wake();
      await queryClient.invalidateQueries();
    };
    const timer = setInterval(() => void ask(), trouble === null ? WATCH_MS : ASK_MS);
    return () => clearInterval(timer);
  }, [live, trouble]);
};

const throttled = (act: () => void, everyMs: number): (() => void) => {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      if (document.visibilityState === 'visible') act();
    }, everyMs);
  };
};
