import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Request } from 'express';
import type { Reply } from './define-route.ts';

/** A constant text, serialised and compressed once. */
export const prepared = (
  text: string,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): ((request: Request) => Reply) => {
  const plain = Buffer.from(text);
  const packed = gzipSync(plain);
  const tag = `W/"${createHash('sha256').update(plain).digest('base64url')}"`;
  return (request) => (response) => {
    const takesPacked = request.acceptsEncodings('gzip', 'identity') === 'gzip';
    response
      .type(type)
      .vary('Accept-Encoding')
      .set({ ...headers, ETag: tag });
    if (takesPacked) response.setHeader('Content-Encoding', 'gzip');
    response.send(takesPacked ? packed : plain);
  };
};
