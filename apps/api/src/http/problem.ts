import { MillraceError } from '@millrace/core/domain';
import { toWireProblem } from '@millrace/core/wire';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';

/**
 * Answers every error as `application/problem+json`. Unexpected errors are logged with the request id and returned
 * without details.
 */
export const answerProblem = (error: unknown, request: Request, response: Response): void => {
  const refusal = refusalOf(error);
  if (refusal.code === 'internal') request.log.error({ err: error }, 'a request failed');
  else if (refusal.status >= 500)
    request.log[isToldOnce(refusal) ? 'debug' : 'warn'](
      { code: refusal.code, detail: refusal.message, cause: causeOf(refusal) },
      'a request was refused',
    );
  // The response has begun: only closing the connection can tell the client that it is incomplete.
  if (response.headersSent) return void request.socket.destroy();
  sendProblem(request, response, refusal.code === 'internal' ? INTERNAL : refusal);
};

export const problemHandler: ErrorRequestHandler = (error: unknown, request, response, _next) =>
  answerProblem(error, request, response);

/** Redis is unavailable or rejects commands: the process logs that once (tell-definitions.ts), not once per request. */
const isToldOnce = ({ code, cause }: MillraceError): boolean =>
  (code === 'store_full' || code === 'store_unavailable') && cause !== undefined;

/** Details kept from the client: messages of the driver. */
const causeOf = ({ cause }: MillraceError): string | undefined => (cause instanceof Error ? cause.message : undefined);

const sendProblem = (request: Request, response: Response, refusal: MillraceError): void => {
  if (refusal.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (refusal.status === 503) response.setHeader('Retry-After', '2');
  const { retry_after: wait } = refusal.extra;
  if (typeof wait === 'number') response.setHeader('Retry-After', String(wait));
  const text = JSON.stringify(toWireProblem(refusal, request.id as string));
  response.status(refusal.status).type('application/problem+json');
  if (refusal.status !== 413 || request.complete) return void response.send(text);
  response.setHeader('Connection', 'close').setHeader('Content-Length', Buffer.byteLength(text));
  response.write(text);
  discardBody(request, () => response.end());
};

/** How much of a refused body is read and discarded, bytes; a client that sends more is cut off. */
const DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * Ends the response. Closing a connection while the client is still sending resets it, and the client may never read
 * the response: the rest of the body is read and discarded first.
 */
const discardBody = (request: Request, done: () => void): void => {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= DISCARDED_BYTES) return;
    request.pause();
    done();
  });
  for (const event of ['end', 'error', 'close']) request.once(event, done);
  request.resume();
};

export const unknownRoute: RequestHandler = (request) => {
  throw new MillraceError(
    'unknown_route',
    `there is nothing at ${request.path.slice(0, 200)}; /openapi.json lists what there is`,
  );
};

const INTERNAL = new MillraceError('internal', 'something failed on our side; the log has it under this request id');

/** Express's own errors (a path that cannot be decoded) carry a 4xx status. */
const refusalOf = (error: unknown): MillraceError => {
  if (error instanceof MillraceError) return error;
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new MillraceError('malformed_request', (error as Error).message.slice(0, 200));
  return new MillraceError('internal', 'unexpected', { cause: error });
};
