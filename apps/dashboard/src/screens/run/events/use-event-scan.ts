import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { api } from '../../../api.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import { EventScan, isWanted, type WantedEvents } from './event-scan.ts';

/** Page size: the API's maximum. */
const STEP = 500;

/** A scan of the run's events that follows the run. `wanted` must be stable. */
export const useEventScan = (
  runId: string,
  lastSeq: number,
  source: LiveRun,
  wanted: WantedEvents,
  after = 0,
): EventScan => {
  const scan = useMemo(() => {
    const query = { limit: STEP, stage: wanted.stage, type: wanted.types?.join(',') };
    return new EventScan(
      (afterSeq) => api.events(runId, { ...query, after_seq: afterSeq }),
      isWanted.bind(null, wanted),
      after,
    );
  }, [runId, wanted, after]);
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
