import type { WireEvent, WireRun } from '@millrace/core/wire';
import { io } from 'socket.io-client';
import type { ClientOptions } from './http.ts';

/** `catching_up`: connected, and what was missed is being replayed. */
export type LiveStatus = 'live' | 'catching_up' | 'offline';

export interface RunFollower {
  /** Events after the last one handed over, in order, each once, whatever happens to the connection. */
  onEvent(event: WireEvent): void;
  /** The API refused: the run does not exist (any more), or the session is over. */
  onRefused(error: { readonly code: string; readonly message: string }): void;
}
export interface EveryRunFollower {
  onEvent(event: WireEvent): void;
  /** The connection is new: what happened before it must be read over HTTP. */
  onResync(): void;
}

export interface Live {
  status(): LiveStatus;
  onStatus(listener: (status: LiveStatus) => void): () => void;
  /** Until the returned function is called. `afterSeq`: of the last event that the caller has. */
  followRun(runId: string, afterSeq: number, follower: RunFollower): () => void;
  followAll(follower: EveryRunFollower): () => void;
  /** After a sleep, or when the network is back: a connection that looks open may be dead. */
  wake(): void;
  close(): void;
}

/** A connection that heard nothing for so long is made anew when the page wakes, ms. The server pings every 25 s. */
const SUSPECT_AFTER_MS = 30_000;

interface Followed {
  last: number;
  /** The seq that the server named when it took the subscription: until then it replays. Null: not taken yet. */
  target: number | null;
  readonly follower: RunFollower;
}

/** The live side of the API: one socket for everything that a page follows. */
export const connectLive = ({ url, token }: ClientOptions): Live => {
  const socket = io(`${url}/events`, { transports: ['websocket', 'polling'], auth: token ? { token } : {}, reconnectionDelayMax: 3_000, forceNew: true });
  const followed = new Map<string, Set<Followed>>();
  const everyRun = new Set<EveryRunFollower>();
  const listeners = new Set<(status: LiveStatus) => void>();
  let shown: LiveStatus = 'offline';
  let heardAt = Date.now();

  const isBehind = (one: Followed): boolean => one.target === null || one.last < one.target;
  const tellStatus = (): void => {
    const status = !socket.connected ? 'offline' : [...followed.values()].some((group) => [...group].some(isBehind)) ? 'catching_up' : 'live';
    if (status === shown) return;
    shown = status;
    for (const listener of listeners) listener(status);
  };

  /** One subscription a run, from where its slowest follower is; the others pass over what they have. */
  const subscribeRun = (runId: string): void => {
    const group = followed.get(runId);
    if (!group || !socket.connected) return;
    for (const one of group) one.target = null;
    const after = Math.min(...[...group].map(({ last }) => last));
    socket.emit('subscribe', { run_id: runId, after_seq: after }, (answer: Answer) => {
      for (const one of group) {
        if (answer.ok) one.target = answer.snapshot.status.last_seq;
        else {
          group.delete(one);
          one.follower.onRefused(answer.error);
        }
      }
      if (group.size === 0) followed.delete(runId);
      tellStatus();
    });
    tellStatus();
  };
  const subscribeAll = (): void => {
    if (everyRun.size > 0 && socket.connected)
      socket.emit('subscribe', {}, () => {
        for (const follower of everyRun) follower.onResync();
      });
  };

  socket.on('connect', () => {
    for (const runId of followed.keys()) subscribeRun(runId);
    subscribeAll();
    tellStatus();
  });
  socket.on('disconnect', (reason) => {
    tellStatus();
    // The server sends clients away that read too slowly, or whose replay failed: it expects them back.
    if (reason === 'io server disconnect') socket.connect();
  });
  socket.onAny(() => (heardAt = Date.now()));
  socket.io.on('ping', () => (heardAt = Date.now()));
  socket.on('event', (event: WireEvent) => {
    for (const follower of everyRun) follower.onEvent(event);
    const group = followed.get(event.run_id);
    if (!group) return;
    let gap = false;
    for (const one of group) {
      if (event.seq > one.last + 1) gap ||= one.target !== null;
      if (event.seq !== one.last + 1) continue;
      one.last = event.seq;
      one.follower.onEvent(event);
    }
    if (gap) subscribeRun(event.run_id);
    else tellStatus();
  });
  socket.on('heartbeat', ({ run_id, last_seq }: { run_id: string; last_seq: number }) => {
    // Events travel before the heartbeat that counts them: who is behind it has missed some.
    if ([...(followed.get(run_id) ?? [])].some((one) => one.target !== null && !isBehind(one) && one.last < last_seq)) subscribeRun(run_id);
  });

  return {
    status: () => shown,
    onStatus: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    followRun: (runId, afterSeq, follower) => {
      const one: Followed = { last: afterSeq, target: null, follower };
      const group = followed.get(runId) ?? new Set();
      followed.set(runId, group.add(one));
      subscribeRun(runId);
      return () => {
        group.delete(one);
        if (group.size > 0 || followed.get(runId) !== group) return;
        followed.delete(runId);
        if (socket.connected) socket.emit('unsubscribe', { run_id: runId }, () => {});
        tellStatus();
      };
    },
    followAll: (follower) => {
      everyRun.add(follower);
      if (everyRun.size === 1) subscribeAll();
      return () => {
        everyRun.delete(follower);
        if (everyRun.size === 0 && socket.connected) socket.emit('unsubscribe', {}, () => {});
      };
    },
    wake: () => {
      if (!socket.connected) socket.connect();
      else if (Date.now() - heardAt > SUSPECT_AFTER_MS) socket.disconnect().connect();
    },
    close: () => void socket.disconnect(),
  };
};

type Answer =
  | { readonly ok: true; readonly snapshot: { readonly status: WireRun } }
  | { readonly ok: false; readonly error: { code: string; message: string } };
