import type { EventEmitter } from 'node:events';
import { type Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, MillraceError } from '@millrace/core/domain';
import { toWireProblem } from '@millrace/core/wire';
import type { Server } from 'socket.io';
import { securityHeaders } from '../http/guards.ts';
import { refuseOnSocket } from '../http/raw-refusal.ts';
import { TOO_MANY } from './opened-connections.ts';

/**
 * Gives Engine.IO's responses our headers, and its refusals the form of a problem document. Its clients read only the
 * status.
 */
export const engineProblems = (io: Server, http: HttpServer): void => {
  const headers = securityHeaders();
  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    // An upgrade has a substitute for its response.
    if (response instanceof ServerResponse) {
      response.setHeader('Cache-Control', 'no-store');
      tellAsProblem(request, response);
    }
    next();
  });
  // Engine.IO creates it when the server begins to listen.
  http.on('listening', () =>
    (io.engine as unknown as { ws: EventEmitter }).ws.on('wsClientError', (error: Error, socket: Duplex) =>
      refuseOnSocket(socket, new MillraceError('malformed_request', error.message)),
    ),
  );
  // The last moment before Engine.IO answers an upgrade itself, which it does only on a writable connection.
  io.engine.on('connection_error', ({ req, message, context }: ConnectionError) => {
    if (req.res === undefined)
      refuseOnSocket(
        req.socket,
        refusalOf(context?.message === undefined ? 400 : 403, context?.message ?? message, req),
      );
  });
};

interface ConnectionError {
  readonly req: IncomingMessage & { readonly res?: ServerResponse };
  readonly message: string;
  readonly context?: { readonly message?: string };
}

const tellAsProblem = (request: IncomingMessage, response: ServerResponse): void => {
  const { writeHead, end } = response;
  response.writeHead = (status: number, ...rest: []) => {
    response.writeHead = writeHead;
    if (status < 400) return response.writeHead(status, ...rest);
    response.end = ((said?: unknown) => {
      response.end = end;
      const refusal = refusalOf(status, messageIn(said), request);
      if (refusal.code === 'method_not_allowed') response.setHeader('Allow', 'GET, POST');
      if (refusal.code === 'rate_limited') response.setHeader('Retry-After', '60');
      if (!request.complete) response.setHeader('Connection', 'close');
      const text = JSON.stringify(toWireProblem(refusal));
      response.writeHead(refusal.status, {
        'Content-Type': 'application/problem+json; charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
      });
      return response.end(text);
    }) as typeof end;
    return response;
  };
};

/** Engine.IO answers 500 to an unknown method, and nothing to a packet it rejects. */
const refusalOf = (status: number, message: string | null, request: IncomingMessage): MillraceError => {
  if (status === 500)
    return new MillraceError('method_not_allowed', `/socket.io/ takes GET and POST, not ${request.method}`);
  const code: ErrorCode = message === TOO_MANY ? 'rate_limited' : (CODES[status] ?? 'malformed_request');
  return new MillraceError(code, message === null || message === '' ? 'Engine.IO does not take this request' : message);
};
const CODES: Readonly<Record<number, ErrorCode>> = { 403: 'forbidden', 413: 'too_large' };

const messageIn = (said: unknown): string | null => {
  try {
    return (JSON.parse(String(said)) as { message?: string }).message ?? null;
  } catch {
    return null;
  }
};
