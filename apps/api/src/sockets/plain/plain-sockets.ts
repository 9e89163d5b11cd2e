import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { MillraceError, type RunEvent } from '@millrace/core/domain';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ApiDeps } from '../../api-deps.ts';
import type { Access } from '../../http/access.ts';
import { checkPipeline, maySee } from '../../http/limits.ts';
import { refuseOnSocket } from '../../http/raw-refusal.ts';
import { atMost } from '../../live/at-most.ts';
import type { LivePlaces } from '../../live/live-places.ts';
import type { LiveRuns } from '../../live/live-runs.ts';
import { defaultPipeline, runWithId, unknownRun } from '../../routes/lookups.ts';
import type { openedConnections } from '../opened-connections.ts';
import { type Admitted, plainAdmission } from './plain-admission.ts';
import { CLOSED, PlainClient } from './plain-client.ts';
import { type Followed, plainFollowing } from './plain-follow.ts';
import { chosenProtocol, type PlainRequest, readPlainRequest } from './plain-request.ts';

/** Plain WebSockets at `/ws/events` and `/ws/events/{run_id}`: a snapshot, and then an event a message. */
export interface PlainSockets {
  /** Answers an upgrade: takes the socket, or refuses it with a problem document. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  broadcast(event: RunEvent): void;
  clients(): number;
  close(): Promise<void>;
}

/** Messages of clients are not used: longer ones close the socket. Bytes. */
const MESSAGE_BYTES = 4_096;
const LOOK_MS = 1_000;
const PING_MS = 30_000;
/** How long clients may take to answer a close when the server stops, ms. */
const STOP_MS = 1_000;
/** Runs and pipelines looked up at the same time for sockets that open. */
const LOOKED_UP_AT_ONCE = 16;

export const servePlainSockets = (
  deps: ApiDeps,
  access: Access,
  runs: LiveRuns,
  places: LivePlaces,
  opensTooMany: ReturnType<typeof openedConnections>,
): PlainSockets => {
  const { store, log } = deps;
  const admit = plainAdmission(deps, access, places, opensTooMany);
  const following = plainFollowing(deps, runs);
  const inLine = atMost(LOOKED_UP_AT_ONCE);
  const clients = new Map<PlainClient, Admitted>();
  let stopped = false;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES,
    handleProtocols: chosenProtocol,
  });
  server.on('wsClientError', (error: Error, socket: Duplex) =>
    refuseOnSocket(socket, new MillraceError('malformed_request', error.message)),
  );

  const find = async ({ runId, afterSeq }: PlainRequest, { principal }: Admitted): Promise<Followed> => {
    if (runId === null) {
      const pipeline = await defaultPipeline(deps);
      checkPipeline(principal, pipeline.name);
      return { pipeline: pipeline.name };
    }
    const run = await runWithId(store, runId);
    if (!maySee(principal, run.pipeline)) throw unknownRun(runId);
    return { runId: run.runId, pipeline: run.pipeline, afterSeq };
  };

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const gone = new AbortController();
    const end = (): void => gone.abort();
    socket.on('close', end).on('error', end);
    try {
      checkVersion(request);
      const asked = readPlainRequest(request);
      const admitted = await admit(request, asked, gone.signal);
      const what = await inLine(() => find(asked, admitted));
      if (stopped) throw new MillraceError('overloaded', 'the server stops');
      if (gone.signal.aborted) return;
      server.handleUpgrade(request, socket, head, (opened) => serve(opened, socket, what, admitted));
    } catch (error) {
      refuse(socket, error);
      end();
    }
  };

  const refuse = (socket: Duplex, error: unknown): void => {
    if (!(error instanceof MillraceError)) log.error({ err: error }, 'an upgrade failed');
    const refusal =
      error instanceof MillraceError ? error : new MillraceError('internal', 'something failed on our side');
    refuseOnSocket(socket, refusal, { 'Sec-WebSocket-Version': VERSION });
  };

  const serve = (opened: WebSocket, socket: Duplex, what: Followed, admitted: Admitted): void => {
    const client = new PlainClient(opened, socket);
    clients.set(client, admitted);
    client.signal.addEventListener('abort', () => clients.delete(client));
    following.follow(client, what).catch((error: unknown) => {
      if (client.signal.aborted) return;
      log.warn({ err: error }, 'a plain socket could not follow on');
      client.close(CLOSED.failed);
    });
  };

  const look = (): void => {
    for (const [client, { isOver }] of clients) {
      if (isOver()) client.close(CLOSED.signedOut);
      client.look();
    }
  };
  const ping = (): void => {
    for (const client of clients.keys()) client.ping();
  };
  const timers = [setInterval(look, LOOK_MS), setInterval(ping, PING_MS)];

  return {
    upgrade: (request, socket, head) => void upgrade(request, socket, head),
    broadcast: following.broadcast,
    clients: () => clients.size,
    close: async () => {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      const closed = [...clients.keys()].map(
        ({ signal }) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      );
      for (const client of clients.keys()) {
        client.close(CLOSED.stopped);
        client.cutOff(STOP_MS);
      }
      await Promise.all(closed);
    },
  };
};

const VERSION = '13';

/** Drafts before RFC 6455 name the page's origin in another header. */
const checkVersion = ({ headers }: IncomingMessage): void => {
  if (headers['sec-websocket-version'] === VERSION) return;
  throw new MillraceError('malformed_request', `Sec-WebSocket-Version must be ${VERSION}`);
};
