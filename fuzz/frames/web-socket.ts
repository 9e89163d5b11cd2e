import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A WebSocket to which any bytes can be written, also those that break the protocol. */
export interface RawWebSocket {
  readonly send: (frame: Buffer) => void;
  /** The next text for which it is true; null: the connection ended, undefined: neither in time. */
  readonly until: (is: (text: string) => boolean, ms: number) => Promise<string | null | undefined>;
  readonly isOpen: () => boolean;
  /** At once, as a client that was killed. */
  readonly cut: () => void;
}

/** Null: the upgrade was refused, or not answered in time. */
export const openWebSocket = (port: number, path: string, ms: number): Promise<RawWebSocket | null> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const key = randomBytes(16).toString('base64');
    const timer = setTimeout(() => refuse(), ms);
    const refuse = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(null);
    };
    socket.once('error', refuse).once('close', refuse);
    const head = [
      'Host: 127.0.0.1',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
    ];
    socket.write(`GET ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    let answer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const accepted = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      if (!answer.toString('latin1').includes(accepted)) return refuse();
      clearTimeout(timer);
      socket.off('data', onData).off('error', refuse).off('close', refuse);
      resolve(webSocketOn(socket, answer.subarray(end + 4)));
    };
    socket.on('data', onData);
  });

const webSocketOn = (socket: Socket, first: Buffer): RawWebSocket => {
  let pending = first;
  let open = true;
  const came: string[] = [];
  let wake = (): void => {};
  const take = (chunk: Buffer): void => {
    const read = readFrames(Buffer.concat([pending, chunk]));
    pending = read.rest;
    came.push(...read.texts);
    if (read.closes) socket.destroy();
    wake();
  };
  socket.on('data', take);
  socket.on('error', () => {});
  socket.once('close', () => {
    open = false;
    wake();
  });
  take(Buffer.alloc(0));
  return {
    send: (frame) => void (open && socket.write(frame)),
    until: (is, ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(undefined), ms);
        wake = () => {
          const found = came.find(is);
          if (found === undefined && open) return;
          clearTimeout(timer);
          wake = () => {};
          resolve(found ?? null);
        };
        wake();
      }),
    isOpen: () => open,
    cut: () => socket.destroy(),
  };
};

/** Those of a server: unmasked, and of texts only what is needed. */
const readFrames = (
  bytes: Buffer,
): { readonly texts: readonly string[]; readonly closes: boolean; readonly rest: Buffer } => {
  const texts: string[] = [];
  let closes = false;
  let at = 0;
  while (bytes.length - at >= 2) {
    const short = bytes[at + 1]! & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length - at < head) break;
    const length =
      short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
    if (bytes.length - at < head + length) break;
    closes ||= (bytes[at]! & 0x0f) === 8;
    if ((bytes[at]! & 0x0f) === 1) texts.push(bytes.subarray(at + head, at + head + length).toString('utf8'));
    at += head + length;
  }
  return { texts, closes, rest: bytes.subarray(at) };
};

export interface FrameOptions {
  readonly opcode?: number;
  readonly final?: boolean;
  readonly reserved?: number;
  readonly masked?: boolean;
  /** What the frame says that its length is. */
  readonly length?: bigint;
}

/** A frame of a client. */
export const frameOf = (
  payload: Buffer,
  { opcode = 1, final = true, reserved = 0, masked = true, length }: FrameOptions = {},
): Buffer => {
  const first = (final ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const claimed = length ?? BigInt(payload.length);
  const head = Buffer.alloc(claimed < 126n ? 2 : claimed < 65_536n ? 4 : 10);
  head[0] = first;
  head[1] = mask | (head.length === 2 ? Number(claimed) : head.length === 4 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(Number(claimed), 2);
  if (head.length === 10) head.writeBigUInt64BE(claimed, 2);
  if (!masked) return Buffer.concat([head, payload]);
  const keys = [0x1f, 0x2e, 0x3d, 0x4c];
  return Buffer.concat([head, Buffer.from(keys), payload.map((byte, at) => byte ^ keys[at % 4]!)]);
};
