import type { Response } from 'express';

/** Interval of the comments that keep proxies from closing a silent stream, ms. */
const HEARTBEAT_MS = 15_000;
/** What a client waits before it reconnects, ms. */
const RECONNECT_MS = 1_000;
/** Characters written at once; also about the most that is buffered for one client. */
const PIECE = 64 * 1024;
/**
 * A client that has read none of its pending data for this long is disconnected, ms. It may reconnect with its
 * `Last-Event-ID`.
 */
const PATIENCE_MS = 60_000;

/** One event of a stream; `id` is what the client sends back as `Last-Event-ID`. */
export const streamFrame = (id: number, data: unknown): string => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/** Frames ready to write; all streams of the same events share them. */
export const piecesOf = (frames: readonly string[]): readonly Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < frames.length; ) {
    let piece = '';
    while (at < frames.length && piece.length < PIECE) piece += frames[at++];
    if (piece !== '') pieces.push(Buffer.from(piece));
  }
  return pieces;
};

/**
 * Answers with server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), a few frames at a
 * time. A slow reader applies back-pressure to the source; one that stops reading is disconnected.
 */
export const sendEventStream = async (
  response: Response,
  batches: AsyncIterable<readonly Buffer[]>,
  patienceMs = PATIENCE_MS,
): Promise<void> => {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  // A HEAD request wants these headers only; it would otherwise hold an empty stream open.
  if (response.req.method === 'HEAD') return void response.end();
  response.write(`retry: ${RECONNECT_MS}\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
  }, HEARTBEAT_MS);
  try {
    for await (const pieces of batches)
      for (const piece of pieces) {
        if (response.destroyed) return;
        if (!response.write(piece)) await drained(response, patienceMs);
      }
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
};

/** Resolves when the client has read the pending data or has disconnected. */
const drained = (response: Response, patienceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), patienceMs);
    const done = (): void => {
      clearTimeout(timer);
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
