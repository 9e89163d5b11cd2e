import type { IncomingHttpHeaders, Server as HttpServer } from 'node:http';
import { MillraceError, type RunEvent, type RunId } from '@millrace/core/domain';
import { Server, type Socket } from 'socket.io';
import type { ApiDeps } from '../api-deps.ts';
import { type Access, isOwnOrigin } from '../http/access.ts';
import { SOCKET_ROLES } from '../http/other-roles.ts';
import { checkRole, type Principal } from '../http/roles.ts';
import type { Session } from '../http/session-cookie.ts';
import { gathering } from '../live/gathering.ts';
import { atMost } from '../live/at-most.ts';
import type { LivePlaces } from '../live/live-places.ts';
import type { LiveRuns } from '../live/live-runs.ts';
import { engineProblems } from './engine-problems.ts';
import { originCheck } from './origins.ts';
import { dismiss, dismissUnread } from './dismiss.ts';
import { serveSocket } from './serve-socket.ts';
import { takesBatches, wideRoomOf } from './batches.ts';
import { type openedConnections, TOO_MANY } from './opened-connections.ts';
import { emitEvents, runRooms } from './run-rooms.ts';
import { waitingPackets } from './waiting-packets.ts';

/** The live side of the API: namespace `/events`. */
export interface EventSockets {
  /**
   * Delivers an event to sockets that follow its pipeline or everything. Followers of the run itself get it by their
   * own replay.
   */
  broadcast(event: RunEvent): void;
  heartbeat(runId: RunId, lastSeq: number): void;
  clients(): number;
  close(): Promise<void>;
}

interface SocketData {
  principal: Principal;
  /** Null: authenticated by a token. */
  session: Session | null;
  /** See LivePlaces. */
  client: string;
}

/** Interval of heartbeats read from the store, ms: the feed's own may be lost with the feed. */
const HEARTBEAT_MS = 15_000;
/**
 * A follower of everything with more pending packets than this (a tenth of it in batches) at two checks in a row is
 * disconnected: it reconnects, and replays what it missed.
 */
const MOST_WAITING = 1_000;
const CHECK_MS = 1_000;
/** Messages of all sockets processed at the same time; of each socket, one. */
const ANSWERED_AT_ONCE = 16;

export const serveEventSockets = (
  http: HttpServer,
  deps: ApiDeps,
  access: Access,
  runs: LiveRuns,
  places: LivePlaces,
  opensTooMany: ReturnType<typeof openedConnections>,
): EventSockets => {
  const { store, config, log } = deps;
  const mayUpgrade = originCheck(config.corsOrigins);
  const io = new Server(http, {
    serveClient: false,
    connectTimeout: 10_000,
    maxHttpBufferSize: 64 * 1024,
    // Otherwise it ends foreign upgrades after a second, including those answered here.
    destroyUpgrade: false,
    ...(config.corsOrigins.length > 0 ? { cors: { origin: [...config.corsOrigins] } } : {}),
    allowRequest: (request, answer) => {
      const many = opensTooMany(request);
      const refusal = mayUpgrade(request) ? (many ? TOO_MANY : null) : 'foreign origin';
      answer(refusal, refusal === null);
    },
  });
  engineProblems(io, http);
  // The default namespace is unused, and would accept anyone.
  io.use((_socket, next) => next(new Error('connect to the namespace /events')));

  const events = io.of('/events');
  const rooms = runRooms(events, runs);
  const answering = atMost(ANSWERED_AT_ONCE);
  events.use(async (socket, next) => {
    try {
      const { principal, session } = await admit(access, socket);
      const client = places.clientOf(socket.request, principal, session);
      checkRole(principal, SOCKET_ROLES.connect);
      places.look(client);
      Object.assign(socket.data, { principal, session, client } satisfies SocketData);
      next();
    } catch (error) {
      const { code, message } = error as MillraceError;
      next(Object.assign(new Error(code), { data: { code, message } }));
    }
  });
  events.on('connection', (socket) => {
    const { client, principal } = socket.data as SocketData;
    serveSocket(socket, {
      principal,
      store,
      log,
      rooms,
      settle: () => gathered.end(),
      answering,
      take: (signal) => places.take(client, signal),
    });
  });

  const timers = [setInterval(() => void beatFromStore(), HEARTBEAT_MS), setInterval(() => sendAway(), CHECK_MS)];
  let slow: ReadonlySet<string> = new Set();
  const sendAway = () => {
    // A client that reconnects now is asked to sign in.
    for (const socket of events.sockets.values()) {
      const { principal, session } = socket.data as SocketData;
      if (access.isOver(principal, session))
        dismiss(
          socket,
          'unauthenticated',
          session ? 'the session is over: sign in again' : 'the token was revoked, or has expired',
        );
    }
    const over = [...events.sockets.values()].filter(
      (socket) => waitingPackets(socket) > (takesBatches(socket) ? MOST_WAITING / 10 : MOST_WAITING),
    );
    for (const socket of over) {
      if (!slow.has(socket.id)) continue;
      log.info({ socket: socket.id, waiting: waitingPackets(socket) }, 'a socket reads too slowly and is sent away');
      dismissUnread(socket);
    }
    slow = new Set(over.map((socket) => socket.id));
  };
  const beatFromStore = async () => {
    for (const room of events.adapter.rooms.keys()) {
      if (!room.startsWith('run:')) continue;
      const runId = room.slice('run:'.length) as RunId;
      const [last] = (await store.eventsBefore(runId, { beforeSeq: null, limit: 1 }).catch(() => null)) ?? [];
      if (last) heartbeat(runId, last.seq);
    }
  };
  const heartbeat = (runId: RunId, lastSeq: number) =>
    void events.to(`run:${runId}`).emit('heartbeat', { run_id: runId, last_seq: lastSeq });

  /** Each run's events, for sockets that do not follow the run itself. */
  const gathered = gathering<RunEvent>(
    (all) => {
      const byRun = new Map<RunId, RunEvent[]>();
      for (const event of all) byRun.set(event.runId, [...(byRun.get(event.runId) ?? []), event]);
      for (const [runId, some] of byRun) {
        const { pipeline } = some[0]!;
        emitEvents(
          events,
          some,
          (batches) => [wideRoomOf(batches, null), wideRoomOf(batches, pipeline)],
          `run:${runId}`,
        );
      }
    },
    () => events.sockets.size,
  );

  return {
    broadcast: gathered.add,
    heartbeat,
    clients: () => events.sockets.size,
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      await io.close();
    },
  };
};

/**
 * The principal and its session; null: authenticated by a token. @throws MillraceError `unauthenticated`,
 * `rate_limited`
 */
const admit = async (
  access: Access,
  { handshake, request }: Socket,
): Promise<{ readonly principal: Principal; readonly session: Session | null }> => {
  const { token } = handshake.auth as { token?: unknown };
  if (token === undefined) {
    const session = sessionOf(access, handshake.headers);
    if (session === null)
      throw new MillraceError('unauthenticated', 'sign in, or send auth: { token } with the handshake');
    return { principal: session.principal, session };
  }
  const principal = access.tokens(token);
  if (principal) return { principal, session: null };
  await access.guesses.count(access.addressOf(request));
  throw new MillraceError('unauthenticated', 'the token is not one of this deployment, was revoked, or has expired');
};

/** A page's session; a page of another, allowed origin must send a token. Same-origin polling sends no origin. */
const sessionOf = ({ sessions }: Access, headers: IncomingHttpHeaders): Session | null =>
  headers.origin === undefined || isOwnOrigin(headers) ? sessions.read(headers.cookie) : null;
