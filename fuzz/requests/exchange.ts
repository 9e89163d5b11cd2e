import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FuzzRequest } from './make-request.ts';

export interface Answer {
  readonly status: number;
  /** By lower-case name; the values of one that came twice are joined. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export type Exchanged =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** The server ended the connection without an answer. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'refused'; readonly error: string }
  /** Neither an answer nor an end of the connection. */
  | { readonly kind: 'hung' }
  /** Nobody waited for one. */
  | { readonly kind: 'left' };

/** How long a stream that goes on is read, ms. */
const STREAM_MS = 30;
/**
 * How long the end of what is no request is waited for, ms: until its limits are over a server may wait for the rest.
 */
const ODD_MS = 150;

/**
 * Sends the bytes over a connection of their own, and reads the first answer. `hungAfterMs`: without an answer for so
 * long it hangs.
 */
export const exchange = (
  port: number,
  { bytes, how, method }: Pick<FuzzRequest, 'bytes' | 'how' | 'method'>,
  hungAfterMs: number,
): Promise<Exchanged> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const end = (exchanged: Exchanged): void => {
      clearTimeout(patience);
      clearTimeout(timer);
      socket.destroy();
      resolve(exchanged);
    };
    const timer = setTimeout(() => end({ kind: 'hung' }), hungAfterMs);
    const patience = how === 'odd' ? setTimeout(() => chunks.length === 0 && end({ kind: 'left' }), ODD_MS) : undefined;
    let streaming = false;
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (streaming) return;
      const read = readAnswer(chunks.length === 1 ? chunk : Buffer.concat(chunks), method, false);
      if (read === null) return;
      if (read !== 'streams') return end({ kind: 'answered', answer: read });
      streaming = true;
      setTimeout(() => end(ended(chunks, method)), STREAM_MS);
    });
    socket.once('end', () => end(ended(chunks, method)));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNREFUSED' ? { kind: 'refused', error: error.message } : ended(chunks, method)),
    );
    void send(socket, bytes, how).then((left) => left && end({ kind: 'left' }));
  });

const ended = (chunks: readonly Buffer[], method: string): Exchanged => {
  const answer = readAnswer(Buffer.concat(chunks), method, true);
  return answer === null || answer === 'streams' ? { kind: 'closed' } : { kind: 'answered', answer };
};

/** True: it has been sent and nobody waits. */
const send = async (socket: ReturnType<typeof connect>, bytes: Buffer, how: FuzzRequest['how']): Promise<boolean> => {
  if (how !== 'slow') {
    socket.write(bytes);
    if (how !== 'cut') return false;
    await delay(5);
    return true;
  }
  const piece = Math.ceil(bytes.length / 6);
  for (let at = 0; at < bytes.length; at += piece) {
    socket.write(bytes.subarray(at, at + piece));
    await delay(10);
  }
  return false;
};

/** Null: not all of it is there. `over`: nothing more will come. */
export const readAnswer = (bytes: Buffer, method: string, over: boolean): Answer | 'streams' | null => {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(bytes.subarray(0, 15).toString('latin1')) ?? [];
  if (headEnd < 0 || status === undefined) return null;
  const rest = bytes.subarray(headEnd + 4);
  if (status === '100') return readAnswer(rest, method, over);
  const headers = headersOf(bytes.subarray(0, headEnd).toString('latin1'));
  const answer = (body: Buffer): Answer => ({ status: Number(status), headers, body });
  if (method === 'HEAD' || status === '204' || status === '304' || status === '101') return answer(Buffer.alloc(0));
  const length = headers.get('content-length');
  if (length !== undefined) return rest.length >= Number(length) ? answer(rest.subarray(0, Number(length))) : null;
  if (headers.get('transfer-encoding') === 'chunked') {
    const body = dechunked(rest);
    if (body.whole) return answer(body.bytes);
    if (/event-stream/.test(headers.get('content-type') ?? '') && !over) return 'streams';
    return over ? answer(body.bytes) : null;
  }
  return over ? answer(rest) : null;
};

const headersOf = (head: string): ReadonlyMap<string, string> => {
  const headers = new Map<string, string>();
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  return headers;
};

const dechunked = (bytes: Buffer): { readonly bytes: Buffer; readonly whole: boolean } => {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return { bytes: Buffer.concat(parts), whole: false };
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    if (size === 0 || Number.isNaN(size))
      return { bytes: Buffer.concat(parts), whole: size === 0 && bytes.length >= lineEnd + 4 };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
};
