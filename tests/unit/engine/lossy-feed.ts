import {
  type EventType,
  MillraceError,
  type PipelineName,
  type RunEvent,
  type RunId,
  type RunSummary,
} from '@millrace/core/domain';
import type { Feed, FeedListener } from '@millrace/core/ports';

export const RUN = '0190a0a0-0000-7000-8000-000000000001' as RunId;

/** A log that keeps all, and a feed that brings of it what the test lets through. */
export const lossyDeployment = () => {
  const logs = new Map<RunId, RunEvent[]>();
  const listeners = new Set<FeedListener>();
  let away = false;
  let reads = 0;
  const asked: (() => void)[] = [];
  /** What was true when it was asked; it is some time under way, and events come meanwhile. */
  const read = async <T>(answer: () => T): Promise<T> => {
    reads += 1;
    for (const resolve of asked.splice(0)) resolve();
    const said = away ? null : { answer: answer() };
    await new Promise((resolve) => setImmediate(resolve));
    if (said === null) throw new MillraceError('store_unavailable', 'away');
    return said.answer;
  };

  const store = {
    events: (runId: RunId, { afterSeq, limit }: { afterSeq: number; limit: number }) =>
      read(
        () =>
          logs
            .get(runId)
            ?.filter((event) => event.seq > afterSeq)
            .slice(0, limit) ?? null,
      ),
    progress: (runId: RunId) =>
      read(() => {
        const last = logs.get(runId)?.at(-1);
        return last ? { lastSeq: last.seq, isOver: last.type === 'run.succeeded' } : null;
      }),
    runs: () => read(() => ({ items: [...logs.keys()].map((runId) => ({ runId }) as RunSummary), nextCursor: null })),
    now: () => read(() => 1),
  };
  const feed: Feed = {
    subscribe: (listener) => {
      listeners.add(listener);
      return Promise.resolve(() => {
        listeners.delete(listener);
        return Promise.resolve();
      });
    },
  };

  return {
    store,
    feed,
    listeners,
    reads: () => reads,
    /** Settles while the next reading is under way: asked, and not answered. */
    nextReading: () => new Promise<void>((resolve) => asked.push(resolve)),
    goAway: () => void (away = true),
    comeBack: () => void (away = false),
    /** Records an event; with `publish` the feed brings it too. */
    record: (type: EventType, { publish = true, runId = RUN }: { publish?: boolean; runId?: RunId } = {}): RunEvent => {
      const log = logs.get(runId) ?? [];
      logs.set(runId, log);
      const event: RunEvent = {
        seq: log.length + 1,
        runId,
        pipeline: 'p' as PipelineName,
        stage: 'pipeline',
        attempt: 0,
        generation: 1,
        type,
        at: 2,
        data: {},
      };
      log.push(event);
      if (publish) for (const listener of listeners) listener.onEvent(event);
      return event;
    },
    repeat: (event: RunEvent) => {
      for (const listener of listeners) listener.onEvent(event);
    },
    beat: (lastSeq: number, runId = RUN) => {
      for (const listener of listeners) listener.onHeartbeat?.({ runId, lastSeq });
    },
    gap: () => {
      for (const listener of listeners) listener.onGap?.();
    },
  };
};

export const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);
