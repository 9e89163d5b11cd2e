import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MillraceError } from '@millrace/core/domain';
import { toWireProblem } from '@millrace/core/wire';
import helmet from 'helmet';
import { HELMET } from './security-headers.ts';

/** How long to wait for a client to read the refusal, ms. */
const LAST_MS = 1_000;

/** Writes a problem document on a connection without a parsed request, then closes it. */
export const refuseOnSocket = (
  socket: Duplex,
  refusal: MillraceError,
  headers: Readonly<Record<string, string>> = {},
): void => {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(toWireProblem(refusal));
  const { retry_after: wait = refusal.status === 503 ? 2 : undefined } = refusal.extra;
  const all = {
    ...securityHeaderValues,
    ...headers,
    ...(typeof wait === 'number' ? { 'Retry-After': `${wait}` } : {}),
  };
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
    'Cache-Control: no-store',
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  setTimeout(() => socket.destroy(), LAST_MS).unref();
};

/** The headers that helmet sets. */
const securityHeaderValues: Record<string, string> = {};
helmet(HELMET)(
  {} as never,
  { setHeader: (name: string, value: string) => (securityHeaderValues[name] = value), removeHeader: () => {} } as never,
  () => {},
);
