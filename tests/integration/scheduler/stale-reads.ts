import type { Store } from '@millrace/core/ports';
import { waitFor } from '@millrace/core/testing';

/** What a scheduler learns about schedules; anything else it asks the store for is current. */
const READS = ['scheduleChanges', 'pipelines', 'schedules', 'definitions', 'pipeline', 'workers'] as const;

/**
 * A store for schedulers whose reads of the schedules can stand still, as if each had read them just before a change.
 * What they decide from then on, they decide by what was true before it.
 */
export const staleReads = (store: Store) => {
  let stale = false;
  const latest = new Map<string, unknown>();
  const refused: number[] = [];
  const note = (instant: number | undefined, isRefused: boolean): void => {
    if (stale && isRefused && instant !== undefined) refused.push(instant);
  };

  const reads = READS.map((name) => {
    const read = store[name] as (...args: readonly unknown[]) => Promise<unknown>;
    const held = async (...args: readonly unknown[]): Promise<unknown> => {
      const key = `${name} ${JSON.stringify(args)}`;
      if (stale && latest.has(key)) return latest.get(key);
      const answer = await read(...args);
      if (!stale) latest.set(key, answer);
      return answer;
    };
    return [name, held] as const;
  });
  const startRun: Store['startRun'] = async (command) => {
    const answer = await store.startRun(command);
    note(command.trigger.tick, answer.kind === 'schedule_changed');
    return answer;
  };
  const recordTick: Store['recordTick'] = async (tick) => {
    const answer = await store.recordTick(tick);
    note(tick.instant, answer === 'schedule_changed');
    return answer;
  };

  return {
    store: { ...store, ...Object.fromEntries(reads), startRun, recordTick },
    /** Changes the schedules unseen by any scheduler, until one was refused a tick that is due after the change. */
    changeUnseen: async <T extends { readonly answeredAt: number }>(change: () => Promise<T>): Promise<T> => {
      stale = true;
      try {
        const changed = await change();
        await waitFor(() => refused.some((instant) => instant > changed.answeredAt), {
          what: 'a stale decision to be refused',
          timeoutMs: 30_000,
        });
        return changed;
      } finally {
        stale = false;
      }
    },
  };
};
