import { once } from 'node:events';
import type { RunEvent, RunId } from '@millrace/core/domain';
import { toWireEvent } from '@millrace/core/wire';
import type { Namespace, Socket } from 'socket.io';
import { gathering } from '../live/gathering.ts';
import type { LiveRuns } from '../live/live-runs.ts';
import { onceEach } from '../live/once-each.ts';
import { takesBatches } from './batches.ts';
import { waitingPackets } from './waiting-packets.ts';

/**
 * Sockets that follow runs: each catches up by its own replay, then joins the run's room, whose packets are encoded
 * once.
 */
export interface RunRooms {
  /**
   * Resolves after the run's last event, or with the signal. @throws MillraceError `unknown_run`, `store_unavailable`
   */
  follow(
    socket: Socket,
    what: { readonly runId: RunId; readonly afterSeq: number; readonly signal: AbortSignal },
  ): Promise<void>;
}

/** Pending packets of a socket at which its replay pauses, and events per packet. */
const REPLAYED = { batches: { waiting: 2, events: 32 }, single: { waiting: 64, events: 1 } };
/** Pending packets at which a socket leaves the room and returns to its own replay, so that it delays no one. */
const HEARD = { batches: 16, single: 64 };
const kindOf = (socket: Socket): 'batches' | 'single' => (takesBatches(socket) ? 'batches' : 'single');

interface Member {
  readonly socket: Socket;
  /** Seq of the last event sent by its own replay. */
  seq: number;
  /** While it is in the room: leaves it. */
  live: ((end: 'over' | 'slow' | 'left') => void) | null;
  /** Ends its replay. */
  replaying: AbortController;
}

interface Room {
  /** Seq of the last event sent to its members. */
  position: number;
  over: boolean;
  failure: unknown;
  readonly members: Set<Member>;
  readonly opened: Promise<() => void>;
  /** Sends the pending batch. */
  flush(): void;
}

const wireOf = onceEach((event: RunEvent) => toWireEvent(event));

export const runRooms = (namespace: Namespace, runs: LiveRuns): RunRooms => {
  const rooms = new Map<RunId, Room>();
  const nameOf = (runId: RunId, socket: Socket | null, batches = takesBatches(socket!)): string =>
    `live:${batches ? 'batches:' : ''}${runId}`;

  const open = (runId: RunId): Room => {
    const gathered = gathering<RunEvent>(
      (events) => send(runId, room, events),
      () => room.members.size,
    );
    const end = (failure: unknown): void => {
      gathered.end();
      Object.assign(room, { over: true, failure });
      for (const member of room.members) member.live?.('over');
    };
    const opened = runs.hear(runId, { onOpen: (head) => (room.position = head), onEvent: gathered.add, onEnd: end });
    const room: Room = {
      position: 0,
      over: false,
      failure: undefined,
      members: new Set(),
      opened,
      flush: gathered.end,
    };
    rooms.set(runId, room);
    return room;
  };

  const send = (runId: RunId, room: Room, events: readonly RunEvent[]): void => {
    for (const member of room.members)
      if (member.live !== null && waitingPackets(member.socket) > HEARD[kindOf(member.socket)]) member.live('slow');
    emitEvents(namespace, events, (batches) => [nameOf(runId, null, batches)]);
    room.position = events.at(-1)!.seq;
    for (const member of room.members)
      if (member.live === null && !room.over && member.seq === room.position) member.replaying.abort();
  };

  /** True: it has caught up with the room. */
  const isAbreast = (room: Room, member: Member): boolean => !room.over && member.seq === room.position;

  const replay = async (
    runId: RunId,
    room: Room,
    member: Member,
    signal: AbortSignal,
  ): Promise<'abreast' | 'ended'> => {
    if (isAbreast(room, member)) return 'abreast';
    member.replaying = new AbortController();
    const { signal: enough } = member.replaying;
    const either = AbortSignal.any([signal, enough]);
    const batches = takesBatches(member.socket);
    const most = REPLAYED[kindOf(member.socket)];
    for await (const events of await runs.follow(runId, { afterSeq: member.seq, signal: either }))
      for (let at = 0; at < events.length; at += most.events) {
        const piece = events.slice(at, at + most.events);
        while (waitingPackets(member.socket) > most.waiting && !either.aborted)
          await once(member.socket.conn, 'drain', { signal: either }).catch(() => {});
        if (signal.aborted) return 'ended';
        if (isAbreast(room, member)) return 'abreast';
        emitTo(member.socket, batches, piece);
        member.seq = piece.at(-1)!.seq;
        if (isAbreast(room, member)) return 'abreast';
      }
    return enough.aborted && !signal.aborted ? 'abreast' : 'ended';
  };

  /** Within one turn of the event loop: what the room gets from now on follows the member's last event. */
  const hearWithOthers = (
    runId: RunId,
    room: Room,
    member: Member,
    signal: AbortSignal,
  ): Promise<'over' | 'slow' | 'left'> => {
    const name = nameOf(runId, member.socket);
    return new Promise((resolve) => {
      const left = (): void => {
        // It still gets the events so far.
        room.flush();
        member.live?.('left');
      };
      member.live = (end) => {
        member.live = null;
        member.seq = room.position;
        signal.removeEventListener('abort', left);
        void member.socket.leave(name);
        resolve(end);
      };
      void member.socket.join(name);
      if (signal.aborted) left();
      else signal.addEventListener('abort', left);
    });
  };

  return {
    follow: async (socket, { runId, afterSeq, signal }) => {
      const room = rooms.get(runId) ?? open(runId);
      const member: Member = { socket, seq: afterSeq, live: null, replaying: new AbortController() };
      room.members.add(member);
      try {
        await room.opened;
        while (!signal.aborted && (await replay(runId, room, member, signal)) === 'abreast') {
          // The room may have got more since the end of the replay.
          if (!isAbreast(room, member)) continue;
          const end = await hearWithOthers(runId, room, member, signal);
          if (end === 'over' && room.failure !== undefined) throw room.failure;
          if (end !== 'slow') return;
        }
      } finally {
        room.members.delete(member);
        if (room.members.size === 0 && rooms.get(runId) === room) {
          rooms.delete(runId);
          void room.opened.then(
            (leave) => leave(),
            () => {},
          );
        }
      }
    },
  };
};

const emitTo = (to: Pick<Socket, 'emit'>, batches: boolean, events: readonly RunEvent[]): void => {
  if (batches) to.emit('events', events.map(wireOf));
  else for (const event of events) to.emit('event', wireOf(event));
};

/**
 * Sends to all sockets of the rooms, each packet encoded once: one packet of all events to those that take batches, one
 * per event to the others.
 */
export const emitEvents = (
  namespace: Namespace,
  events: readonly RunEvent[],
  roomsOf: (batches: boolean) => readonly string[],
  but?: string,
): void => {
  for (const batches of [true, false]) {
    const rooms = roomsOf(batches).filter((room) => namespace.adapter.rooms.has(room));
    if (rooms.length === 0) continue;
    const to = namespace.to([...rooms]);
    emitTo(but === undefined ? to : to.except(but), batches, events);
  }
};
