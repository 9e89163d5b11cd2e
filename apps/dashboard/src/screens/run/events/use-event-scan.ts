import type { Event } from '@millrace/client';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { api } from '../../../api.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import { EventScan } from './event-scan.ts';

/** A scan of the run's events that keeps up with the run. `wants` must be stable; null: nothing is looked for. */
export const useEventScan = (runId: string, lastSeq: number, source: LiveRun, wants: ((event: Event) => boolean) | null, after = 0): EventScan | null => {
  const scan = useMemo(
    () => (wants === null ? null : new EventScan(async (afterSeq, limit) => (await api.events(runId, { after_seq: afterSeq, limit })).items, wants, after)),
    [runId, wants, after],
  );
  useEffect(() => (scan === null ? undefined : source.onEvents((events) => scan.take(events))), [scan, source]);
  const version = useSyncExternalStore(scan?.onChange ?? NEVER, scan?.version ?? NOTHING);
  useEffect(() => void scan?.reach(lastSeq), [scan, lastSeq, version]);
  return scan;
};

const NEVER = (): (() => void) => () => {};
const NOTHING = (): number => 0;
