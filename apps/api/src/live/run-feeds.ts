import type { RunId } from '@millrace/core/domain';
import type { Feed, FeedListener } from '@millrace/core/ports';

/** The feed by run: an event is delivered only to followers of its run. */
export interface RunFeeds {
  of(runId: RunId): Feed;
  close(): Promise<void>;
}

/** One subscription, made with the first listener and kept until `close`. */
export const runFeeds = (feed: Feed): RunFeeds => {
  const listeners = new Map<RunId, Set<FeedListener>>();
  let subscribed: Promise<() => Promise<void>> | null = null;

  const tell = (runId: RunId, act: (listener: FeedListener) => void): void => listeners.get(runId)?.forEach(act);
  const subscribe = (): Promise<unknown> => {
    subscribed ??= feed
      .subscribe({
        onEvent: (event) => tell(event.runId, (listener) => listener.onEvent(event)),
        onHeartbeat: (beat) => tell(beat.runId, (listener) => listener.onHeartbeat?.(beat)),
        onGap: () => {
          for (const runId of listeners.keys()) tell(runId, (listener) => listener.onGap?.());
        },
      })
      .catch((error: unknown) => {
        subscribed = null;
        throw error;
      });
    return subscribed;
  };
  const leave = (runId: RunId, listener: FeedListener): void => {
    const all = listeners.get(runId);
    all?.delete(listener);
    if (all?.size === 0) listeners.delete(runId);
  };

  return {
    of: (runId) => ({
      subscribe: async (listener) => {
        listeners.set(runId, (listeners.get(runId) ?? new Set()).add(listener));
        try {
          await subscribe();
        } catch (error) {
          leave(runId, listener);
          throw error;
        }
        return async () => leave(runId, listener);
      },
    }),
    close: async () => {
      const unsubscribe = await subscribed;
      subscribed = null;
      await unsubscribe?.();
    },
  };
};
