import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS, MillraceError } from '@millrace/core/domain';
import type { Front } from './front.ts';
import { refuseOnSocket } from './raw-refusal.ts';
import { endStalledAnswers } from './stalled-answers.ts';

/** Timeouts of connections, ms, as described in LIMITS. Tests shorten them. */
export interface ConnectionTimes {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly stalledMs: number;
}
export const CONNECTION_TIMES: ConnectionTimes = {
  headersMs: LIMITS.request_headers_ms,
  requestMs: LIMITS.request_ms,
  stalledMs: LIMITS.stalled_answer_ms,
};

/**
 * An HTTP server that drops clients sending or reading too slowly, and answers malformed HTTP with a problem document.
 */
export const limitedServer = (
  { listener, ...classes }: Front,
  { headersMs, requestMs, stalledMs }: ConnectionTimes,
): Server => {
  const server = createServer(
    {
      ...classes,
      requireHostHeader: false,
      maxHeaderSize: LIMITS.header_bytes,
      connectionsCheckingInterval: Math.min(1_000, headersMs),
    },
    fewAtATime(listener),
  );
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
  endStalledAnswers(server, stalledMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Part of a response has been sent: the client would read a second one as its remainder.
    const { _httpMessage: answer } = socket as Duplex & { _httpMessage?: { headersSent: boolean } | null };
    if (error.code === 'ECONNRESET' || answer?.headersSent) socket.destroy();
    else refuseOnSocket(socket, refusalOf(error));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    refuseOnSocket(socket, new MillraceError('method_not_allowed', 'this is no proxy: CONNECT is not taken')),
  );
  // An unknown `Expect` header is ignored and the request answered.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
};

/** Drops clients that pipeline too many requests: Node would start them all at once and starve others. */
const fewAtATime = (listener: RequestListener): RequestListener => {
  const waiting = new WeakMap<Duplex, number>();
  return (request, response) => {
    const { socket } = request;
    const count = (waiting.get(socket) ?? 0) + 1;
    waiting.set(socket, count);
    response.once('close', () => waiting.set(socket, waiting.get(socket)! - 1));
    if (count > LIMITS.pipelined_requests) socket.destroy();
    if (!socket.destroyed) listener(request, response);
  };
};

/** Error codes of Node's parser (https://nodejs.org/docs/latest-v20.x/api/http.html#event-clienterror). */
const refusalOf = ({ code }: NodeJS.ErrnoException): MillraceError => {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new MillraceError(
      'request_timeout',
      `a request must be here within ${LIMITS.request_ms} ms, its headers within ${LIMITS.request_headers_ms} ms (limits request_ms, request_headers_ms)`,
    );
  if (code === 'HPE_HEADER_OVERFLOW')
    return new MillraceError(
      'headers_too_large',
      `the request line and the headers are longer than ${LIMITS.header_bytes} bytes (limit header_bytes)`,
    );
  return new MillraceError('malformed_request', 'this is not a request of HTTP/1.1');
};
