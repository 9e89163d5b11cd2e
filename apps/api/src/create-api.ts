import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '@millrace/core/domain';
import { followAll } from '@millrace/core/engine';
import type { ApiDeps } from './api-deps.ts';
import { createApp, routesOf } from './app.ts';
import { bullBoard } from './bull-board.ts';
import { accessBy } from './http/access.ts';
import { endedSessions } from './http/ended-sessions.ts';
import { CONNECTION_TIMES, limitedServer } from './http/limited-server.ts';
import { refuseOnSocket } from './http/raw-refusal.ts';
import { livePlaces } from './live/live-places.ts';
import { liveRuns } from './live/live-runs.ts';
import { liveWorkers } from './live/live-workers.ts';
import { createMetrics } from './metrics.ts';
import { pathBelow } from './http/request-target.ts';
import { type EventSockets, serveEventSockets } from './sockets/events-namespace.ts';
import { openedConnections } from './sockets/opened-connections.ts';
import { isPlainSocket } from './sockets/plain/plain-request.ts';
import { type PlainSockets, servePlainSockets } from './sockets/plain/plain-sockets.ts';

export interface Api {
  readonly server: Server;
  /** The address it listens on; throws before `start` has resolved. */
  readonly url: string;
  /** Starts listening; stops when the signal aborts. A second call does nothing. */
  start(signal?: AbortSignal): Promise<void>;
  /**
   * Turns readiness off, closes streams and sockets and finishes requests in flight. Dependencies passed in stay open:
   * the caller closes them.
   */
  stop(): Promise<void>;
}

/** How long requests in flight may take during shutdown, ms. */
const DRAIN_MS = 5_000;

/**
 * Backlog of pending connections. With Node's 511, a burst of a thousand makes later clients wait seconds for their SYN
 * retry.
 */
const BACKLOG = 4_096;

export const createApi = (deps: ApiDeps): Api => {
  const stopping = new AbortController();
  const ended = endedSessions(deps);
  const access = accessBy(deps, ended);
  let sockets: EventSockets | null = null;
  let plainSockets: PlainSockets | null = null;
  const places = livePlaces(deps, access);
  const metrics = createMetrics(deps.store, deps.version, {
    sockets: () => (sockets?.clients() ?? 0) + (plainSockets?.clients() ?? 0),
    streams: places.taken,
  });
  const board = bullBoard(deps);
  const runs = liveRuns(deps.store, deps.feed);
  const workers = liveWorkers(deps.store, deps.feed);
  const routes = routesOf({ ...deps, workers }, metrics, access, stopping.signal, runs, places);
  const app = createApp(deps, routes, board, metrics, access, stopping.signal);
  const server = limitedServer(app, deps.connectionTimes ?? CONNECTION_TIMES);
  server.keepAliveTimeout = deps.config.keepAliveMs;
  server.maxConnections = deps.config.maxConnections;
  let started: Promise<void> | null = null;
  let stopped: Promise<void> | null = null;
  let closing: (() => Promise<unknown>)[] = [];

  const start = async (): Promise<void> => {
    const opensTooMany = openedConnections(deps, access);
    const live = serveEventSockets(server, deps, access, runs, places, opensTooMany);
    const plain = servePlainSockets(deps, access, runs, places, opensTooMany);
    [sockets, plainSockets] = [live, plain];
    dispatchUpgrades(server, plain);
    // Before the sockets, which look at the path themselves.
    for (const event of ['request', 'upgrade']) server.prependListener(event, pathBelow(deps.config.basePath));
    closing = [() => live.close(), () => plain.close(), () => runs.close()];
    const unfollow = await followAll(deps.store, deps.feed, (event) => {
      metrics.observe(event);
      live.broadcast(event);
      plain.broadcast(event);
    });
    const unbeat = await deps.feed.subscribe({
      onEvent: () => {},
      onHeartbeat: ({ runId, lastSeq }) => live.heartbeat(runId, lastSeq),
    });
    const unopen = access.open.follow();
    closing = [
      access.audit.log.follow(),
      unfollow,
      unbeat,
      await ended.follow(),
      await access.named.follow(),
      async () => unopen(),
      await workers.follow(),
      ...closing,
    ];
    server.listen({ port: deps.config.port, host: deps.config.host, backlog: BACKLOG });
    await once(server, 'listening').catch((error: unknown) => {
      throw cannotListen(deps.config, error);
    });
    deps.log.info({ url: urlOf(server, deps.config.basePath) }, 'the API listens');
  };

  const stop = async (): Promise<void> => {
    stopping.abort();
    await started?.catch(() => {});
    // Unsubscribing waits for an unavailable Redis; shutdown waits neither for that nor for a client that never
    // finishes.
    const patience = delay(DRAIN_MS, undefined, { ref: false });
    await Promise.race([Promise.all(closing.map((close) => close())), patience]);
    const closed = new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
    await Promise.race([closed, patience]);
    server.closeAllConnections();
    // Requests in flight have ended: their entries now have an outcome.
    await Promise.race([access.audit.log.settle(), patience]);
    await Promise.race([board.close(), patience]);
  };

  const api: Api = {
    server,
    get url() {
      return urlOf(server, deps.config.basePath);
    },
    start: (signal) => {
      signal?.addEventListener('abort', () => void api.stop(), { once: true });
      return (started ??= start());
    },
    stop: () => (stopped ??= stop()),
  };
  return api;
};

/**
 * Only the live sockets may upgrade. Node passes every other upgrade to the listener too; unanswered, it would stay
 * open for ever.
 */
const dispatchUpgrades = (server: Server, plain: PlainSockets): void => {
  const ofSockets = server.listeners('upgrade');
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isLiveSocket(request)) for (const take of ofSockets) take.call(server, request, socket, head);
    else if (isPlainSocket(request)) plain.upgrade(request, socket, head);
    else refuseOnSocket(socket, new MillraceError('malformed_request', UPGRADES));
  });
};
const UPGRADES = 'only a WebSocket at /socket.io/, /ws/events or /ws/events/{run_id} may upgrade';

const isLiveSocket = ({ url = '', headers }: IncomingMessage): boolean =>
  /^\/socket\.io\/(\?|$)/.test(url) && headers.upgrade?.toLowerCase() === 'websocket';

const cannotListen = ({ host, port }: ApiDeps['config'], error: unknown): MillraceError => {
  const why =
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'another process listens there' : (error as Error).message;
  const message = `the API cannot listen on ${host}:${port}: ${why}; set MILLRACE_PORT or MILLRACE_HOST`;
  return new MillraceError('invalid_config', message, {
    errors: [{ path: 'MILLRACE_PORT', message: why }],
    cause: error,
  });
};

const urlOf = (server: Server, basePath: string): string => {
  const address = server.address() as AddressInfo | null;
  if (!address) throw new Error('the API does not listen');
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}${basePath}`;
};
