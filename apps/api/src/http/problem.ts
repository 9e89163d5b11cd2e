import { MillraceError } from '@millrace/core/domain';
import { toWireProblem } from '@millrace/core/wire';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';

/** Every refusal as `application/problem+json`. What we did not foresee is logged with the request's id, and told without its inside. */
export const problemHandler: ErrorRequestHandler = (error: unknown, request, response, next) => {
  const refusal = refusalOf(error);
  if (refusal.code === 'internal') request.log.error({ err: error }, 'a request failed');
  else if (refusal.status >= 500)
    request.log[isToldOnce(refusal) ? 'debug' : 'warn']({ code: refusal.code, detail: refusal.message, cause: causeOf(refusal) }, 'a request was refused');
  // Bytes were sent: nothing but the end of the connection can tell now that the answer is not whole.
  if (response.headersSent) return next(error);
  sendProblem(request, response, refusal.code === 'internal' ? INTERNAL : refusal);
};

/** Redis is away or refuses: the process tells so by one line (tell-definitions.ts), not by one for each request. */
const isToldOnce = ({ code, cause }: MillraceError): boolean => (code === 'store_full' || code === 'store_unavailable') && cause !== undefined;

/** What the reader is not told: the words of a driver. */
const causeOf = ({ cause }: MillraceError): string | undefined => (cause instanceof Error ? cause.message : undefined);

export const sendProblem = (request: Request, response: Response, refusal: MillraceError): void => {
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

/** Most of a refused body that is read to nowhere, bytes; a client that sends more is cut off. */
const DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * The whole answer has been sent. A connection that is closed while the client still sends is reset, and a client that has not read the answer
 * by then never does: the rest of its body is read first, and forgotten.
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
  throw new MillraceError('unknown_route', `there is nothing at ${request.path.slice(0, 200)}; /openapi.json lists what there is`);
};

const INTERNAL = new MillraceError('internal', 'something failed on our side; the log has it under this request id');

/** Express's own errors (a path that cannot be decoded) carry a 4xx status. */
const refusalOf = (error: unknown): MillraceError => {
  if (error instanceof MillraceError) return error;
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) return new MillraceError('malformed_request', (error as Error).message.slice(0, 200));
  return new MillraceError('internal', 'unexpected', { cause: error });
};
