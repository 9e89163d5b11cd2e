import { isLastOfRun, MillraceError, type RunEvent, type RunId } from '@millrace/core/domain';
import { Bell, followRun, untilRead } from '@millrace/core/engine';
import type { Feed, Readings } from '@millrace/core/ports';
import { logPages } from './log-pages.ts';
import { runFeeds } from './run-feeds.ts';
import { turns } from './turns.ts';

/** Live runs for any number of followers: each run is followed, and its log read, once. */
export interface LiveRuns {
  /**
   * Follows the run: yields its events after a seq in batches, in order, each once; ends after the run's last event, or
   * with the signal. A slow follower gets what it missed from the log, and delays no one else.
   * @throws MillraceError `unknown_run`, `store_unavailable`
   */
  follow(
    runId: RunId,
    options: { readonly afterSeq: number; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<readonly RunEvent[]>>;
  /**
   * Reports each event after the last one so far, at once. Returns a function that stops it.
   * @throws MillraceError `unknown_run`, `store_unavailable`
   */
  hear(runId: RunId, listener: RunListener): Promise<() => void>;
  /** Runs followed now, and the number of their followers. */
  count(): { readonly runs: number; readonly followers: number };
  close(): Promise<void>;
}

export interface RunListener {
  /** Called first: the seq of the run's last event. */
  onOpen(head: number): void;
  onEvent(event: RunEvent): void;
  /** Called after the run's last event; `failure`: why it can no longer be followed. */
  onEnd(failure: unknown): void;
}

/** The newest events of a run kept for its followers; one that is further behind reads the log. */
const RECENT = 200;

/** A listener's place; null until the channel is open. */
interface Place {
  listener: RunListener | null;
}

interface Channel {
  /** Seqs of the event before the first of `recent`, and of the last one. */
  floor: number;
  head: number;
  readonly recent: RunEvent[];
  /** The part of `recent` taken last. */
  last: { readonly after: number; readonly head: number; readonly events: readonly RunEvent[] } | null;
  readonly followers: Set<Bell>;
  readonly listeners: Set<Place>;
  readonly opened: Promise<void>;
  readonly ending: AbortController;
  /** Nothing comes after `head`. */
  over: boolean;
  failure: unknown;
}

export const liveRuns = (store: Pick<Readings, 'events' | 'progress'>, feed: Feed): LiveRuns => {
  const channels = new Map<RunId, Channel>();
  const feeds = runFeeds(feed);
  const pages = logPages(store);
  const turn = turns();
  /** Followers that wait for the same thing get it one after the other. */
  const inTurn = async <T>(awaited: Promise<T>): Promise<T> => {
    const answer = await awaited;
    await turn();
    return answer;
  };

  const open = (runId: RunId): Channel => {
    const channel: Channel = {
      floor: 0,
      head: 0,
      recent: [],
      last: null,
      followers: new Set(),
      listeners: new Set(),
      opened: store.progress(runId).then(begin),
      ending: new AbortController(),
      over: false,
      failure: undefined,
    };
    function begin(progress: Awaited<ReturnType<typeof store.progress>>): void {
      if (progress === null) throw new MillraceError('unknown_run', `there is no run "${runId}"`);
      channel.floor = channel.head = progress.lastSeq;
      channel.over = progress.isOver;
      if (!progress.isOver) void hear(runId, channel);
    }
    channels.set(runId, channel);
    return channel;
  };

  /** From its head on, one follower of the feed serves all. */
  const hear = async (runId: RunId, channel: Channel): Promise<void> => {
    const ringAll = () => channel.followers.forEach((bell) => bell.ring());
    try {
      for await (const event of followRun(store, feeds.of(runId), runId, {
        afterSeq: channel.head,
        signal: channel.ending.signal,
      })) {
        channel.recent.push(event);
        channel.head = event.seq;
        if (channel.recent.length > RECENT) channel.floor = channel.recent.shift()!.seq;
        channel.listeners.forEach(({ listener }) => listener?.onEvent(event));
        ringAll();
      }
      channel.over = true;
    } catch (error) {
      channel.failure = error;
    }
    ringAll();
    if (!channel.ending.signal.aborted) channel.listeners.forEach(({ listener }) => listener?.onEnd(channel.failure));
  };

  async function* eventsOf(
    runId: RunId,
    channel: Channel,
    bell: Bell,
    afterSeq: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly RunEvent[], void> {
    for (let at = afterSeq; !signal.aborted; ) {
      await turn();
      const batch = recentAfter(channel, at) ?? (await inTurn(untilRead(() => pages.after(runId, at), signal)));
      if (batch === null || batch === undefined || signal.aborted) return;
      const last = batch.at(-1);
      if (last !== undefined) {
        yield batch;
        at = last.seq;
        if (isLastOfRun(last.type)) return;
      } else if (channel.failure !== undefined) throw channel.failure;
      else if (channel.over) return;
      else await bell.rung();
    }
  }

  const leave = (runId: RunId, channel: Channel, who: Bell | Place): void => {
    const left = who instanceof Bell ? channel.followers.delete(who) : channel.listeners.delete(who);
    if (!left || channel.followers.size + channel.listeners.size > 0) return;
    channel.ending.abort();
    if (channels.get(runId) === channel) channels.delete(runId);
    if (channels.size === 0) pages.forget();
  };

  return {
    follow: async (runId, { afterSeq, signal }) => {
      const channel = channels.get(runId) ?? open(runId);
      const bell = new Bell();
      channel.followers.add(bell);
      // An abort leaves at once, even before the first event is read.
      const goAway = () => {
        signal.removeEventListener('abort', goAway);
        bell.ring();
        leave(runId, channel, bell);
      };
      if (signal.aborted) goAway();
      else signal.addEventListener('abort', goAway);
      try {
        await inTurn(channel.opened);
      } catch (error) {
        goAway();
        throw error;
      }
      return ending(eventsOf(runId, channel, bell, afterSeq, signal), goAway);
    },
    hear: async (runId, listener) => {
      const channel = channels.get(runId) ?? open(runId);
      // Counts as a listener from now on, but gets nothing before the head.
      const place = { listener: null as RunListener | null };
      channel.listeners.add(place);
      try {
        await channel.opened;
      } catch (error) {
        leave(runId, channel, place);
        throw error;
      }
      listener.onOpen(channel.head);
      place.listener = listener;
      if (channel.over || channel.failure !== undefined) listener.onEnd(channel.failure);
      return () => leave(runId, channel, place);
    },
    count: () => ({
      runs: channels.size,
      followers: [...channels.values()].reduce((sum, { followers }) => sum + followers.size, 0),
    }),
    close: () => feeds.close(),
  };
};

/** Undefined: further behind than what is kept. Followers at the same seq share the same array. */
const recentAfter = (channel: Channel, seq: number): readonly RunEvent[] | undefined => {
  const { floor, head, recent, last } = channel;
  if (seq < floor) return undefined;
  if (seq >= head) return [];
  if (last?.after === seq && last.head === head) return last.events;
  const events = recent.slice(seq - floor);
  channel.last = { after: seq, head, events };
  return events;
};

async function* ending<T>(items: AsyncIterable<T>, end: () => void): AsyncGenerator<T, void> {
  try {
    yield* items;
  } finally {
    end();
  }
}
