import type { Redis } from 'ioredis';
import type { RunId } from '../domain/index.ts';
import type { Control, Feed, FeedListener } from '../ports/index.ts';
import { readFeedLine } from './events.ts';
import { channelsOf, type Keys } from './keys.ts';
import { pack, storedNames, unpack } from './layout/packed.ts';
import { CONTROL, CONTROL_VERB, FEED_MARK, HEARTBEAT } from './layout/records.ts';

const MARK = storedNames(FEED_MARK);

/**
 * The live stream over Redis pub/sub. `subscriber` is a separate connection (a subscribed one takes no other commands).
 * A message is one or more lines: an event each, or what FEED_MARK (layout/records.ts) lists.
 */
export const redisFeed = (subscriber: Redis, keys: Keys): Feed & Control => {
  const channels = channelsOf(keys.root, subscriber.options.db ?? 0);
  const listeners = new Set<FeedListener>();
  const cancelListeners = new Set<(runId: RunId) => void>();
  let ready = false;

  subscriber.on('message', (channel: string, message: string) => {
    if (channel === channels.control) {
      const { verb, run } = unpack(CONTROL, message);
      if (verb === CONTROL_VERB.fields.cancel.stored) for (const listener of cancelListeners) listener(run);
      return;
    }
    for (const line of message.split('\n')) deliver(line, listeners);
  });
  subscriber.on('ready', () => {
    if (ready) for (const listener of listeners) listener.onGap?.();
    ready = true;
  });
  ready = subscriber.status === 'ready';
  // A subscriber awaits no replies, so a connection that died silently would go unnoticed. An unanswered ping reveals
  // it.
  const asking = setInterval(() => {
    if (subscriber.status === 'ready') subscriber.ping().catch(() => {});
  }, ASK_EVERY_MS);
  asking.unref();
  subscriber.once('end', () => clearInterval(asking));

  return {
    subscribe: (listener) => listen(subscriber, channels.feed, listeners, listener),
    onCancel: (listener) => listen(subscriber, channels.control, cancelListeners, listener),
  };
};

/** Counts the listener before subscribing, so that another one leaving meanwhile does not end the subscription. */
const listen = async <L>(
  subscriber: Redis,
  channel: string,
  listeners: Set<L>,
  listener: L,
): Promise<() => Promise<void>> => {
  listeners.add(listener);
  await subscriber.subscribe(channel);
  return async () => {
    listeners.delete(listener);
    if (listeners.size === 0) await subscriber.unsubscribe(channel);
  };
};

const ASK_EVERY_MS = 5_000;

const deliver = (line: string, listeners: ReadonlySet<FeedListener>): void => {
  if (line.startsWith(`${MARK.heartbeat} `)) {
    const { run: runId, lastSeq } = unpack(HEARTBEAT, line);
    for (const listener of listeners) listener.onHeartbeat?.({ runId, lastSeq });
    return;
  }
  if (line === MARK.workers) {
    for (const listener of listeners) listener.onWorkers?.();
    return;
  }
  if (line === MARK.tokens) {
    for (const listener of listeners) listener.onTokens?.();
    return;
  }
  const event = readFeedLine(line);
  for (const listener of listeners) listener.onEvent(event);
};

/** Publishes the last seq of each live run's log; a subscriber that is behind replays. */
export const publishHeartbeats = async (
  redis: Redis,
  keys: Keys,
  beats: readonly { runId: RunId; lastSeq: number }[],
): Promise<void> => {
  if (beats.length === 0) return;
  const { feed } = channelsOf(keys.root, redis.options.db ?? 0);
  await redis.publish(
    feed,
    beats.map(({ runId: run, lastSeq }) => pack(HEARTBEAT, { mark: MARK.heartbeat, run, lastSeq })).join('\n'),
  );
};
