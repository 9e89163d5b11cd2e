import type { IncomingHttpHeaders, Server as HttpServer } from 'node:http';
import { MillraceError, type RunEvent, type RunId } from '@millrace/core/domain';
import { Server, type Socket } from 'socket.io';
import type { ApiDeps } from '../api-deps.ts';
import { type Access, isOwnOrigin } from '../http/access.ts';
import { type Principal, principalShown } from '../http/roles.ts';
import type { Session } from '../http/session-cookie.ts';
import { minuteCount } from '../http/minute-count.ts';
import { gathering } from '../live/gathering.ts';
import { atMost } from '../live/at-most.ts';
import type { LivePlaces } from '../live/live-places.ts';
import type { LiveRuns } from '../live/live-runs.ts';
import { engineProblems, TOO_MANY } from './engine-problems.ts';
import { originCheck } from './origins.ts';
import { dismiss, dismissUnread } from './dismiss.ts';
import { serveSocket } from './serve-socket.ts';
import { takesBatches, wideRoomOf } from './batches.ts';
import { emitEvents, runRooms } from './run-rooms.ts';
import { waitingPackets } from './waiting-packets.ts';

/** The live side of the API: namespace `/events`. */
export interface EventSockets {
  /** Hands an event to all who follow its pipeline or everything. Those who follow the run itself get it by their own replay. */
  broadcast(event: RunEvent): void;
  heartbeat(runId: RunId, lastSeq: number): void;
  clients(): number;
  close(): Promise<void>;
}

interface SocketData {
  /** Null: it came with a token. */
  session: Session | null;
  /** See LivePlaces. */
  client: string;
}

/** Between heartbeats that come from the store, ms: the feed's own may be lost with the feed. */
const HEARTBEAT_MS = 15_000;
/** A follower of everything that leaves more packets waiting than this, or a tenth of it in batches, at two looks in a row, is sent away: it comes back, and replays what it missed. */
const MOST_WAITING = 1_000;
const CHECK_MS = 1_000;
/** Messages of all sockets that are answered at the same time; of one socket it is one. */
const ANSWERED_AT_ONCE = 16;

export const serveEventSockets = (http: HttpServer, deps: ApiDeps, access: Access, runs: LiveRuns, places: LivePlaces): EventSockets => {
  const { store, config, log } = deps;
  const mayUpgrade = originCheck(config.corsOrigins);
  const opened = minuteCount();
  const { requestsPerMinute: most = config.requestsPerMinute } = deps;
  const io = new Server(http, {
    serveClient: false,
    connectTimeout: 10_000,
    maxHttpBufferSize: 64 * 1024,
    // It would end foreign upgrades a second after they begin, also those that are answered here.
    destroyUpgrade: false,
    ...(config.corsOrigins.length > 0 ? { cors: { origin: [...config.corsOrigins] } } : {}),
    allowRequest: (request, answer) => {
      // Who shows a session or a token is not kept waiting by others at the address.
      const who = access.sessions.read(request.headers.cookie)?.id ?? principalShown(access.tokens, request.headers)?.name ?? '';
      const many = opened(`${who}@${access.addressOf(request)}`).count > most;
      const refusal = mayUpgrade(request) ? (many ? TOO_MANY : null) : 'foreign origin';
      answer(refusal, refusal === null);
    },
  });
  engineProblems(io, http);
  // Nothing lives in the default namespace, which would take anyone.
  io.use((_socket, next) => next(new Error('connect to the namespace /events')));

  const events = io.of('/events');
  const rooms = runRooms(events, runs);
  const answering = atMost(ANSWERED_AT_ONCE);
  events.use(async (socket, next) => {
    try {
      const { principal, session } = await admit(access, socket);
      const client = places.clientOf(socket.request, principal, session);
      places.look(client);
      Object.assign(socket.data, { session, client } satisfies SocketData);
      next();
    } catch (error) {
      const { code, message } = error as MillraceError;
      next(Object.assign(new Error(code), { data: { code, message } }));
    }
  });
  events.on('connection', (socket) => {
    const { client } = socket.data as SocketData;
    serveSocket(socket, { store, log, rooms, settle: () => gathered.end(), answering, take: (signal) => places.take(client, signal) });
  });

  const timers = [setInterval(() => void beatFromStore(), HEARTBEAT_MS), setInterval(() => sendAway(), CHECK_MS)];
  let slow: ReadonlySet<string> = new Set();
  const sendAway = () => {
    // Who hears no more and connects again is told to sign in.
    for (const socket of events.sockets.values()) {
      const { session } = socket.data as SocketData;
      if (session && access.sessions.isOver(session)) dismiss(socket, 'unauthenticated', 'the session is over: sign in again');
    }
    const over = [...events.sockets.values()].filter((socket) => waitingPackets(socket) > (takesBatches(socket) ? MOST_WAITING / 10 : MOST_WAITING));
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
  const heartbeat = (runId: RunId, lastSeq: number) => void events.to(`run:${runId}`).emit('heartbeat', { run_id: runId, last_seq: lastSeq });

  /** Each run's events for all who do not follow the run itself. */
  const gathered = gathering<RunEvent>(
    (all) => {
      const byRun = new Map<RunId, RunEvent[]>();
      for (const event of all) byRun.set(event.runId, [...(byRun.get(event.runId) ?? []), event]);
      for (const [runId, some] of byRun) {
        const { pipeline } = some[0]!;
        emitEvents(events, some, (batches) => [wideRoomOf(batches, null), wideRoomOf(batches, pipeline)], `run:${runId}`);
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

/** Who it is, and its session; null: it came with a token. @throws MillraceError `unauthenticated`, `rate_limited` */
const admit = async (access: Access, { handshake, request }: Socket): Promise<{ readonly principal: Principal; readonly session: Session | null }> => {
  const { token } = handshake.auth as { token?: unknown };
  if (token === undefined) {
    const session = sessionOf(access, handshake.headers);
    if (session === null) throw new MillraceError('unauthenticated', 'sign in, or send auth: { token } with the handshake');
    return { principal: session.principal, session };
  }
  const principal = access.tokens(token);
  if (principal) return { principal, session: null };
  await access.guesses.count(access.addressOf(request));
  throw new MillraceError('unauthenticated', 'the token is not one of this deployment');
};

/** A page's session; a page of an origin that is only listed brings a token. Same-origin polling sends no origin. */
const sessionOf = ({ sessions }: Access, headers: IncomingHttpHeaders): Session | null =>
  headers.origin === undefined || isOwnOrigin(headers) ? sessions.read(headers.cookie) : null;
