import type { Event } from '@millrace/client';
import { dataOf, type Run } from '@millrace/core/domain';
import { fromWireEvent } from '@millrace/core/wire';
import { useEffect, useState } from 'react';
import type { LiveRun } from '../../../live/live-run.ts';

/**
 * When each stage's backoffs ended, ms since the epoch, ascending: from events received while the timeline is open, and
 * the current backoff.
 */
export const useRetries = (run: Run, source: LiveRun): ReadonlyMap<string, readonly number[]> => {
  const [known, setKnown] = useState<ReadonlyMap<string, readonly number[]>>(
    () => new Map(run.stages.flatMap(({ stage, nextAttemptAt }) => (nextAttemptAt === null ? [] : [[stage, [nextAttemptAt]]]))),
  );
  useEffect(
    () =>
      source.onEvents((events: readonly Event[]) => {
        const found = events.map(fromWireEvent).flatMap((event) => {
          const data = dataOf(event, 'stage.retrying');
          return data === null ? [] : [{ stage: event.stage, at: data.next_attempt_at }];
        });
        if (found.length === 0) return;
        setKnown((before) => {
          const after = new Map(before);
          for (const { stage, at } of found) after.set(stage, [...(after.get(stage) ?? []), at]);
          return after;
        });
      }),
    [source],
  );
  return known;
};
