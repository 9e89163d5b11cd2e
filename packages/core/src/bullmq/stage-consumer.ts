import { Worker } from 'bullmq';
import type { Claim, Outcome } from '../ports/index.ts';
import { withoutCommand } from '../redis/index.ts';
import { slotsOf } from './slots.ts';
import { type AskDeps, askingStore, type Settled, settled, stageBackend } from './stage-backend.ts';

export interface StageConsumerOptions extends Omit<AskDeps, 'onAsked' | 'onClaimed'> {
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
 * Consumes one queue with a BullMQ Worker. BullMQ's locks and stalled checks are off: leases and fences are ours. Its
 * canary: a healthy Worker polls for work at least every few seconds; one that goes silent (BullMQ #4585 and similar)
 * is replaced.
 */
export const stageConsumer = (options: StageConsumerOptions): StageConsumer => {
  const silenceMs = options.silenceMs ?? 4 * ASK_EVERY_S * 1_000;
  let askedAt = performance.now();
  let running = 0;
  let draining = false;

  const slots = slotsOf(options.queue, options.concurrency);
  // By slot. A claimed stage runs at once; BullMQ learns of it when it next polls.
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

  const process = (_job: object, token?: string): Promise<Settled> => outcomeOf(slots.of(token!)!);
  const outcomeOf = (slot: string): Promise<Settled> => {
    const outcome = begun.get(slot)!;
    begun.delete(slot);
    return outcome;
  };

  const ask = askingStore({
    ...options,
    onAsked: () => void (askedAt = performance.now()),
    onClaimed: (slot, claim) => void begun.set(slot, run(claim)),
  });

  // Claims that BullMQ will no longer poll for.
  const settling = new Set<Promise<void>>();
  const settleStock = (): void => {
    for (const { slot } of slots.stock.splice(0)) {
      const settlement = outcomeOf(slot)
        .then(({ claim, result }) => ask(slot, { ...claim, result }, false))
        .then(
          () => slots.giveBack(slot),
          (error: Error) => options.onError(error),
        )
        .finally(() => settling.delete(settlement));
      settling.add(settlement);
    }
  };

  const open = () => {
    const backend = stageBackend({ ask, slots, claims: options.claims, onStocked: () => draining && settleStock() });
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
      settleStock();
      await worker.close();
      settleStock();
      await Promise.all(settling);
    },
    close: async () => {
      draining = true;
      clearInterval(canary);
      await worker.close(true);
    },
  };
};
