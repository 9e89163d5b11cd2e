import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response } from 'express';
import { expect, test } from 'vitest';
import { piecesOf, sendEventStream, streamFrame } from '../../../apps/api/src/http/event-stream.ts';

test('a client that does not read is sent away, and the source ends with it', async () => {
  let taken = 0;
  let ended = false;
  async function* endless() {
    try {
      for (;;) {
        taken += 1;
        yield piecesOf([streamFrame(taken, 'x'.repeat(60_000))]);
      }
    } finally {
      ended = true;
    }
  }
  let sent: Promise<void> | undefined;
  const server = createServer(
    (_request, response) => void (sent = sendEventStream(response as unknown as Response, endless(), 50)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const request = get({ port: (server.address() as AddressInfo).port, agent: false });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    const closed = new Promise((resolve) => answer.once('close', resolve));
    answer.on('error', () => {});
    // Nothing is read until the server has given up.
    await sent;
    expect(ended).toBe(true);
    // What the kernel and Node take for it is some megabytes at most.
    expect(taken).toBeLessThan(1_000);
    answer.resume();
    await closed;
  } finally {
    server.close();
  }
});

test('frames are put together in pieces, and none is lost', () => {
  const frames = Array.from({ length: 300 }, (_, n) => streamFrame(n + 1, 'ü'.repeat(n)));
  const pieces = piecesOf(frames);
  expect(Buffer.concat([...pieces]).toString()).toBe(frames.join(''));
  expect(pieces.length).toBeLessThan(frames.length / 50);
  expect(piecesOf(['', ''])).toEqual([]);
});
