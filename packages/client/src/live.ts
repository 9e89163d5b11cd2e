import type { WireEvent } from '@millrace/core/wire';
import { io } from 'socket.io-client';
import type { ClientOptions } from './http.ts';
import { type Answer, isPassing, type Refusal, type RunFollower, runFollowers } from './run-followers.ts';

/** `catching_up`: connected, and replaying missed events. */
export type LiveStatus = 'live' | 'catching_up' | 'offline';

export interface EveryRunFollower {
  /** Every event as it arrives; may repeat after a reconnect, and for runs that are also followed. */
  onEvent(event: WireEvent): void;
  /** A new connection: read earlier events over HTTP. */
  onResync(): void;
}

export interface Live {
  status(): LiveStatus;
  onStatus(listener: (status: LiveStatus) => void): () => void;
  /** Follows a run until the returned function is called. `afterSeq`: seq of the caller's last event. */
  followRun(runId: string, afterSeq: number, follower: RunFollower): () => void;
  followAll(follower: EveryRunFollower): () => void;
  /** Call after a sleep, a new sign-in or a network outage: a connection that looks open may be dead. */
  wake(): void;
  /**
   * For a hidden page: releases a long poll until `wake`. A browser allows six connections per host across all tabs, so
   * seven polling tabs would leave none for the visible page. A WebSocket does not count towards that limit, and stays
   * open.
   */
  rest(): void;
  close(): void;
}

/** On wake-up, a connection silent for this long is replaced, ms. The server pings every 25 s. */
const SUSPECT_AFTER_MS = 30_000;
/** Delay before retrying after a temporary refusal, ms. */
const ASK_AGAIN_MS = 1_000;

/** The live side of the API: one socket for everything a page follows. */
export const connectLive = ({ url, token }: ClientOptions): Live => {
  const { origin, path } = placeOf(url);
  const socket = io(`${origin}/events`, {
    path: `${path}/socket.io`,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    auth: { batches: true, ...(token ? { token } : {}) },
    reconnectionDelay: 300,
    reconnectionDelayMax: 3_000,
    forceNew: true,
  });
  const everyRun = new Set<EveryRunFollower>();
  const listeners = new Set<(status: LiveStatus) => void>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let shown: LiveStatus = 'offline';
  // Wall clock: a monotonic clock stops while the machine sleeps, which is exactly the silence to detect.
  let heardAt = Date.now();
  /** The newest subscription to everything, and whether the server has accepted it. */
  let asked = 0;
  let isTaken = false;

  /** Why the server refused the connection; null: accepted, or not tried yet. */
  let refused: Refusal | null = null;

  const later = (act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ASK_AGAIN_MS);
    timers.add(timer);
  };
  const tellStatus = (): void => {
    const isWhole = !runs.isBehind() && (everyRun.size === 0 || isTaken);
    const status = !socket.connected ? 'offline' : isWhole ? 'live' : 'catching_up';
    if (status === shown) return;
    shown = status;
    for (const listener of listeners) listener(status);
  };
  const runs = runFollowers({
    isOpen: () => socket.connected,
    subscribe: (runId, afterSeq, answered) =>
      void socket.emit('subscribe', { run_id: runId, after_seq: afterSeq }, answered),
    unsubscribe: (runId) => void socket.emit('unsubscribe', { run_id: runId }, () => {}),
    later,
    changed: tellStatus,
  });
  const subscribeToAll = (): void => {
    isTaken = false;
    const mine = (asked += 1);
    if (everyRun.size === 0 || !socket.connected) return;
    socket.emit('subscribe', {}, (answer: Answer) => {
      if (mine !== asked) return;
      if (!answer.ok) return later(() => mine === asked && subscribeToAll());
      isTaken = true;
      for (const follower of everyRun) follower.onResync();
      tellStatus();
    });
  };

  socket.on('connect', () => {
    heardAt = Date.now();
    refused = null;
    runs.subscribeAll();
    subscribeToAll();
    tellStatus();
  });
  socket.on('disconnect', (reason) => {
    tellStatus();
    // The server disconnects clients that read too slowly or whose replay failed, and expects them to reconnect.
    if (reason === 'io server disconnect') socket.connect();
  });
  socket.on('connect_error', (error) => {
    // Without an answer, the socket retries by itself; after a refusal, retrying does not help.
    if (socket.active) return;
    const refusal = {
      code: 'internal',
      message: error.message,
      ...(error as Error & { readonly data?: Partial<Refusal> }).data,
    };
    if (isPassing(refusal)) return later(() => !socket.active && socket.connect());
    refused = refusal;
    runs.refuseAll(refusal);
  });
  socket.onAny(() => (heardAt = Date.now()));
  socket.io.on('ping', () => (heardAt = Date.now()));
  const take = (event: WireEvent): void => {
    for (const follower of everyRun) follower.onEvent(event);
    runs.take(event);
  };
  socket.on('event', take);
  socket.on('events', (events: readonly WireEvent[]) => {
    for (const event of events) take(event);
  });
  socket.on('heartbeat', ({ run_id, last_seq }: { run_id: string; last_seq: number }) => runs.beat(run_id, last_seq));

  return {
    status: () => shown,
    onStatus: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    followRun: (runId, afterSeq, follower) => {
      const unfollow = runs.add(runId, afterSeq, follower);
      queueMicrotask(() => refused && runs.refuseAll(refused));
      return unfollow;
    },
    followAll: (follower) => {
      everyRun.add(follower);
      if (everyRun.size === 1) subscribeToAll();
      tellStatus();
      return () => {
        if (everyRun.delete(follower) && everyRun.size === 0 && socket.connected)
          socket.emit('unsubscribe', {}, () => {});
        tellStatus();
      };
    },
    wake: () => {
      if (!socket.active) socket.connect();
      else if (socket.connected && Date.now() - heardAt > SUSPECT_AFTER_MS) socket.disconnect().connect();
    },
    rest: () => {
      if (socket.io.engine?.transport.name === 'polling') socket.disconnect();
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      socket.disconnect();
      tellStatus();
    },
  };
};

/** The host and the base path of an address; an address without a host is below the page's own. */
const placeOf = (url: string): { readonly origin: string; readonly path: string } => {
  if (!URL.canParse(url)) return { origin: '', path: url };
  const { origin, pathname } = new URL(url);
  return { origin, path: pathname === '/' ? '' : pathname };
};
