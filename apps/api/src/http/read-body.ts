import { MillraceError } from '@millrace/core/domain';
import express, { type Request, type Response } from 'express';

/** Largest body of a request, bytes; params alone may have 64 KiB. */
export const BODY_BYTES = 256 * 1024;

const parse = express.json({ limit: BODY_BYTES, strict: false, type: () => true });

/** The JSON body; an empty one is `{}`. @throws MillraceError `malformed_json`, `malformed_request`, `too_large` */
export const readBody = async (request: Request, response: Response): Promise<unknown> => {
  if (!hasBody(request)) return {};
  if (request.is(['json', '+json']) === false)
    throw new MillraceError(
      'malformed_request',
      `the body must be application/json, not ${String(request.headers['content-type'] ?? 'without a type').slice(0, 100)}`,
    );
  await new Promise<void>((resolve, reject) => parse(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(bodyError(error)))));
  return request.body === undefined ? {} : (request.body as unknown);
};

const hasBody = (request: Request): boolean => request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

/** body-parser's errors carry a `type`: https://github.com/expressjs/body-parser#errors */
const bodyError = (error: unknown): unknown => {
  const { type, message } = error as { type?: string; message?: string };
  if (type === 'entity.too.large') return new MillraceError('too_large', `the body is larger than ${BODY_BYTES} bytes`);
  if (type === 'entity.parse.failed') return new MillraceError('malformed_json', `the body is not JSON: ${String(message).slice(0, 200)}`);
  if (type === undefined) return error;
  return new MillraceError('malformed_request', `the body cannot be read: ${String(message).slice(0, 200)}`);
};
