/**
 * The lease's own thread: renews it over a connection of its own for as long as the main loop makes progress,
 * so that a long computation loses nothing, and a loop that hangs for good lets its stages go.
 */
import { Redis } from 'ioredis';
import { workerData } from 'node:worker_threads';

const { url, tls, evaluated, beatMs, maxLoopBlockMs, pulse } = workerData;
const redis = new Redis(url, {
  ...(tls ? { tls } : {}),
  maxRetriesPerRequest: null,
  connectTimeout: 5_000,
  socketTimeout: 5_000,
  retryStrategy: (times) => Math.min(50 * 2 ** times, 1_000),
});
redis.on('error', () => {});

const beats = new Int32Array(pulse);
let seen = 0;
let movedAt = performance.now();

setInterval(() => {
  const now = performance.now();
  const count = Atomics.load(beats, 0);
  if (count !== seen) {
    seen = count;
    movedAt = now;
  }
  if (now - movedAt < maxLoopBlockMs) void redis.eval(...evaluated).catch(() => {});
}, beatMs);
