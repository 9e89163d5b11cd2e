import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS, MillraceError } from '@millrace/core/domain';
import { refuseOnSocket } from './raw-refusal.ts';
import { endStalledAnswers } from './stalled-answers.ts';

/** How long connections may take, ms; LIMITS has what each means. Tests shorten them. */
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

/** An HTTP server on which nobody can stay for ever: not by sending slowly, nor by reading slowly; what is no HTTP is refused as everything else. */
export const limitedServer = (listener: RequestListener, { headersMs, requestMs, stalledMs }: ConnectionTimes): Server => {
  const server = createServer(
    { requireHostHeader: false, maxHeaderSize: LIMITS.header_bytes, connectionsCheckingInterval: Math.min(1_000, headersMs) },
    fewAtATime(listener),
  );
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
  endStalledAnswers(server, stalledMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Part of another answer has been sent: a second one would be taken for its rest.
    const { _httpMessage: answer } = socket as Duplex & { _httpMessage?: { headersSent: boolean } | null };
    if (error.code === 'ECONNRESET' || answer?.headersSent) socket.destroy();
    else refuseOnSocket(socket, refusalOf(error));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    refuseOnSocket(socket, new MillraceError('method_not_allowed', 'this is no proxy: CONNECT is not taken')),
  );
  // What a client expects of us is up to it: the request is answered.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
};

/** Who sends one request after the other without waiting for answers is cut off: Node would begin them all at once, and others would wait. */
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

/** Of Node's parser (https://nodejs.org/docs/latest-v20.x/api/http.html#event-clienterror). */
const refusalOf = ({ code }: NodeJS.ErrnoException): MillraceError => {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new MillraceError(
      'request_timeout',
      `a request must be here within ${LIMITS.request_ms} ms, its headers within ${LIMITS.request_headers_ms} ms (limits request_ms, request_headers_ms)`,
    );
  if (code === 'HPE_HEADER_OVERFLOW')
    return new MillraceError('headers_too_large', `the request line and the headers are longer than ${LIMITS.header_bytes} bytes (limit header_bytes)`);
  return new MillraceError('malformed_request', 'this is not a request of HTTP/1.1');
};
