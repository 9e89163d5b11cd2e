import type { Event } from '@millrace/client';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { api } from '../../../api.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import { EventScan } from './event-scan.ts';

/** A scan of the run's events that keeps up with the run. `wants` must be stable. */
export const useEventScan = (runId: string, lastSeq: number, source: LiveRun, wants: (event: Event) => boolean, after = 0): EventScan => {
  const scan = useMemo(
    () => new EventScan(async (afterSeq, limit) => (await api.events(runId, { after_seq: afterSeq, limit })).items, wants, after),
    [runId, wants, after],
  );
  useEffect(() => {
    scan.resume();
    const stop = source.onEvents((events) => scan.take(events));
    return () => {
      stop();
      scan.pause();
    };
  }, [scan, source]);
  const version = useSyncExternalStore(scan.onChange, scan.version);
  useEffect(() => void scan.reach(lastSeq), [scan, lastSeq, version]);
  return scan;
};
