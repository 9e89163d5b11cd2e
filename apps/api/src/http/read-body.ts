import { InexactJsonError, MillraceError, parseExactJson } from '@millrace/core/domain';
import type { Request } from 'express';

/** Largest body of a request, bytes; params alone may have 64 KiB. */
export const BODY_BYTES = 256 * 1024;

/**
 * Reads the JSON body; an empty one is `{}`. Stops reading a body that is too large: body-parser would read it to the
 * end.
 * @throws MillraceError `malformed_json`, `malformed_request`, `too_large`; `invalid_request` when the JSON would not
 * be kept as it was sent
 */
export const readBody = async (request: Request): Promise<unknown> => {
  if (!hasBody(request)) return {};
  if (request.is(['json', '+json']) === false)
    throw new MillraceError(
      'malformed_request',
      `the body must be application/json, not ${String(request.headers['content-type'] ?? 'without a type').slice(0, 100)}`,
    );
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new MillraceError(
      'malformed_request',
      `the encoding ${encoding.slice(0, 40)} of the body is not supported: send it plain`,
    );
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES) throw tooLarge();
  const bytes = await readBytes(request);
  return bytes.length === 0 ? {} : parse(bytes);
};

const hasBody = (request: Request): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

const readBytes = (request: Request): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_BYTES) return void chunks.push(chunk);
      request.removeAllListeners('data');
      request.pause();
      reject(tooLarge());
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', () => reject(new MillraceError('malformed_request', 'the body ended before its end')));
  });

const parse = (bytes: Buffer): unknown => {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'body');
  } catch (error) {
    if (error instanceof InexactJsonError)
      throw new MillraceError('invalid_request', error.message, { errors: error.errors, errorCount: error.count });
    throw new MillraceError('malformed_json', `the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
};

const tooLarge = () => {
  const message = `is larger than ${BODY_BYTES} bytes`;
  return new MillraceError('too_large', `the body ${message}`, { errors: [{ path: 'body', message }] });
};
