import type { ConnectionOptions } from 'node:tls';
import { Worker } from 'node:worker_threads';
import type { WorkerId } from '../domain/index.ts';
import { argsOf } from './script.ts';
import { SCRIPTS } from './scripts.generated.ts';

export interface LeaseThreadOptions {
  readonly url: string;
  /** `tlsOf` the address. */
  readonly tls?: ConnectionOptions;
  /** `keysOf(prefix).root`. */
  readonly root: string;
  readonly worker: WorkerId;
  readonly ttlMs: number;
  readonly beatMs: number;
  /** A main loop that has not turned for this long counts as hung, and its lease is no longer renewed. */
  readonly maxLoopBlockMs: number;
}

/** Keeps the worker's lease from a second thread while the main loop turns. The returned function ends it. */
export const startLeaseThread = (options: LeaseThreadOptions): (() => Promise<void>) => {
  const pulse = new SharedArrayBuffer(4);
  const beats = new Int32Array(pulse);
  const turning = setInterval(() => Atomics.add(beats, 0, 1), Math.min(options.beatMs, 250));
  const { url, tls, root, worker, ttlMs, beatMs, maxLoopBlockMs } = options;
  const evaluated = [SCRIPTS.keep_lease.lua, 1, root, ...argsOf('keep_lease', { worker, ttlMs })];
  const workerData = { url, tls, evaluated, beatMs, maxLoopBlockMs, pulse };
  const thread = new Worker(new URL('../../threads/keep-lease.mjs', import.meta.url), { workerData });
  thread.unref();
  return async () => {
    clearInterval(turning);
    await thread.terminate();
  };
};
