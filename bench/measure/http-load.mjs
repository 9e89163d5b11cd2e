/*
 * Many connections that each send one request after the other: an HTTP/1.1 client that costs little beside the server
 * it drives.
 */
import { connect } from 'node:net';

/** The bytes of a POST with a JSON body. */
export const postBytes = ({ host, path, token, body = {} }) => {
  const text = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
  ];
  return Buffer.from(`${[...head, `Content-Length: ${Buffer.byteLength(text)}`].join('\r\n')}\r\n\r\n${text}`);
};

/** One kept-alive connection; `send` answers {status, body} of the reply to these bytes, or fails. */
export const openConnection = async (host, port) => {
  const socket = connect({ host, port, noDelay: true });
  let waiting = null;
  let received = Buffer.alloc(0);
  const fail = (error) => waiting?.reject(error ?? new Error('the server closed the connection'));
  socket.on('error', fail).on('close', () => fail());
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const reply = replyIn(received);
    if (reply === null) return;
    received = received.subarray(reply.length);
    waiting?.resolve(reply);
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        if (socket.destroyed) fail();
        socket.write(bytes);
      }),
    close: () => socket.destroy(),
  };
};

/**
 * The first whole reply in the bytes; null: it is not all there. Its body has a Content-Length: what the API answers to
 * a start has one.
 */
const replyIn = (bytes) => {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return bytes.length < length
    ? null
    : { length, status: Number(head.slice(9, 12)), body: bytes.subarray(headEnd + 4, length) };
};

/**
 * `requests` requests on `connections` connections, each answered with the status; the seconds that they took, and each
 * one's ms.
 */
export const closedLoop = async ({ url, bytes, connections, requests, status }) => {
  const { hostname, port } = new URL(url);
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(hostname, Number(port))));
  let left = requests;
  const latencies = [];
  const at = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      while (left-- > 0) {
        const from = performance.now();
        const reply = await connection.send(bytes);
        if (reply.status !== status) throw new Error(`${reply.status} instead of ${status}: ${reply.body}`);
        latencies.push(performance.now() - from);
      }
      connection.close();
    }),
  );
  return { seconds: (performance.now() - at) / 1_000, latencies };
};
