import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MillraceError } from '@millrace/core/domain';
import { toWireProblem } from '@millrace/core/wire';
import helmet from 'helmet';
import { HELMET } from './security-headers.ts';

/** A client that takes no answer is not waited for, ms. */
const LAST_MS = 1_000;

/** The refusal on a connection where no request came about, as every other one; then the connection is closed. */
export const refuseOnSocket = (socket: Duplex, refusal: MillraceError): void => {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(toWireProblem(refusal));
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    ...Object.entries(securityHeaderValues).map(([name, value]) => `${name}: ${value}`),
    'Cache-Control: no-store',
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  setTimeout(() => socket.destroy(), LAST_MS).unref();
};

/** What helmet says on an answer. */
const securityHeaderValues: Record<string, string> = {};
helmet(HELMET)({} as never, { setHeader: (name: string, value: string) => (securityHeaderValues[name] = value), removeHeader: () => {} } as never, () => {});
