import { Worker } from 'bullmq';
import type { Claim, Outcome } from '../ports/index.ts';
import { withoutCommand } from '../redis/index.ts';
import { type Settled, settled, stageBackend, type StageBackendDeps } from './stage-backend.ts';

export interface StageConsumerOptions extends Omit<StageBackendDeps, 'onAsked' | 'onClaimed'> {
  readonly queue: string;
  /** `keysOf(prefix).queuePrefix`. */
  readonly prefix: string;
  /** ioredis options or URL settings for BullMQ's own connections. */
  readonly connection: object;
  readonly concurrency: number;
  /** Runs a claim to its outcome; never rejects. */
  readonly run: (claim: Claim) => Promise<Outcome>;
  /** Consumption silent for this long, with a free slot, is restarted, ms. */
  readonly silenceMs?: number;
  onError(error: Error): void;
  /** The canary found that the queue was not being consumed, and restarted consumption. */
  onRestart(queue: string): void;
}

export interface StageConsumer {
  readonly queue: string;
  /** Drains: claims nothing more; settles when the running stages have ended. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Seconds that BullMQ blocks for work before it polls again: the canary's heartbeat. */
const ASK_EVERY_S = 5;

/**
 * Consumes one queue with a BullMQ Worker. BullMQ's locks and stalled checks are off: leases and fences are ours.
 * Its canary: a healthy Worker polls for work at least every few seconds; one that goes silent (BullMQ #4585 and similar) is replaced.
 */
export const stageConsumer = (options: StageConsumerOptions): StageConsumer => {
  const silenceMs = options.silenceMs ?? 4 * ASK_EVERY_S * 1_000;
  let askedAt = performance.now();
  let running = 0;
  let draining = false;

  // By slot. Run a claimed stage at once; BullMQ would first fill all its free slots, one round trip each, before processing the first job.
  const begun = new Map<string, Promise<Settled>>();
  const run = async (claim: Claim): Promise<Settled> => {
    running += 1;
    try {
      return settled(claim, await options.run(claim));
    } finally {
      running -= 1;
      askedAt = performance.now();
    }
  };

  const process = (_job: object, slot?: string): Promise<Settled> => {
    const outcome = begun.get(slot!)!;
    begun.delete(slot!);
    return outcome;
  };

  const open = () => {
    const backend = stageBackend({
      ...options,
      onAsked: () => void (askedAt = performance.now()),
      onClaimed: (slot, claim) => void begun.set(slot, run(claim)),
    });
    const worker = new Worker(
      options.queue,
      process,
      {
        connection: options.connection,
        prefix: options.prefix,
        concurrency: options.concurrency,
        drainDelay: ASK_EVERY_S,
        runRetryDelay: 1_000,
        skipLockRenewal: true,
        skipStalledCheck: true,
      },
      backend,
    );
    worker.on('error', (error) => options.onError(withoutCommand(error)));
    return worker;
  };

  let worker = open();
  const canary = setInterval(
    () => {
      if (draining || running >= options.concurrency || performance.now() - askedAt < silenceMs) return;
      const silent = worker;
      askedAt = performance.now();
      worker = open();
      options.onRestart(options.queue);
      // Its running stages finish, but it claims no more.
      silent.close().catch(options.onError);
    },
    Math.max(50, silenceMs / 4),
  );
  canary.unref();

  return {
    queue: options.queue,
    drain: async () => {
      draining = true;
      await worker.close();
    },
    close: async () => {
      draining = true;
      clearInterval(canary);
      await worker.close(true);
    },
  };
};
