/**
 * Stands between a live client and the API, and loses single frames that the API sends: a fault that the connection
 * itself does not show.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface LossyWebSocket {
  readonly url: string;
  /** The next frame that contains each of the texts is lost; answers once it was. */
  loseNext(...texts: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export const startLossyWebSocket = async (port: number): Promise<LossyWebSocket> => {
  const sockets = new Set<Socket>();
  let wanted: { readonly texts: readonly string[]; readonly lost: () => void } | null = null;

  const isLost = (frame: Buffer): boolean => {
    const text = frame.toString('utf8');
    if (wanted === null || !wanted.texts.every((one) => text.includes(one))) return false;
    wanted.lost();
    wanted = null;
    return true;
  };
  const listener = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    const split = framesOf();
    client.on('data', (chunk: Buffer) => server.write(chunk));
    server.on('data', (chunk: Buffer) => {
      for (const frame of split(chunk)) if (!isLost(frame)) client.write(frame);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    loseNext: (...texts) => new Promise((lost) => (wanted = { texts, lost })),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
};

/**
 * What a server sends, chunk by chunk: the answer to the upgrade as one piece, then each frame (unmasked, as servers
 * send them).
 */
const framesOf = () => {
  let rest = Buffer.alloc(0);
  let upgraded = false;
  return function* (chunk: Buffer): Generator<Buffer> {
    rest = Buffer.concat([rest, chunk]);
    for (
      let size = upgraded ? frameSize(rest) : headSize(rest);
      size > 0 && size <= rest.length;
      size = frameSize(rest)
    ) {
      yield rest.subarray(0, size);
      rest = rest.subarray(size);
      upgraded = true;
    }
  };
};

/** 0: not all of it is there. */
const headSize = (bytes: Buffer): number => {
  const end = bytes.indexOf('\r\n\r\n');
  return end === -1 ? 0 : end + 4;
};

/** RFC 6455, 5.2: seven bits, or two or eight bytes after them. 0: too little data to tell. */
const frameSize = (bytes: Buffer): number => {
  if (bytes.length < 10) return bytes.length < 2 || bytes[1]! >= 126 ? 0 : 2 + bytes[1]!;
  const length = bytes[1]!;
  return length < 126 ? 2 + length : length === 126 ? 4 + bytes.readUInt16BE(2) : 10 + Number(bytes.readBigUInt64BE(2));
};
