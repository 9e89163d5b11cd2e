import { once } from 'node:events';
import type { Response } from 'express';

/** Between comments that keep proxies from closing a silent stream, ms. */
const HEARTBEAT_MS = 15_000;
/** What a client waits before it reconnects, ms. */
const RECONNECT_MS = 1_000;

/**
 * Answers with server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): each item's `id` is what the client
 * sends back as `Last-Event-ID`. A client that reads slowly holds the source back.
 */
export const sendEventStream = async (
  response: Response,
  items: AsyncIterable<{ readonly id: number; readonly event?: string; readonly data: unknown }>,
): Promise<void> => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  // A HEAD asks for these headers, and would otherwise be a stream without bytes and without an end.
  if (response.req.method === 'HEAD') return void response.end();
  response.write(`retry: ${RECONNECT_MS}\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
  }, HEARTBEAT_MS);
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  try {
    for await (const { id, event, data } of items) {
      if (closed.signal.aborted) return;
      const whole = response.write(`id: ${id}\n${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
      if (!whole) await once(response, 'drain', { signal: closed.signal }).catch(() => {});
    }
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
};
