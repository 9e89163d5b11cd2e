import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { isName, isRunId, isTerminalRun, type PipelineName } from '../domain/index.ts';
import type { OverlapLocks, Store } from '../ports/index.ts';

/** Reserved: the queue of the runs' flow parents. */
export const RUNS_QUEUE = 'runs';

export interface FinalizerOptions {
  readonly store: Store;
  readonly locks: OverlapLocks;
  /** Must retry for ever (`workOptions`); the caller closes it. */
  readonly redis: Redis;
  readonly queuePrefix: string;
  /** Runs closed concurrently. Default 10. */
  readonly concurrency?: number;
  /** Called for a run whose closing work failed; BullMQ retries as often as the job allows (10 times). */
  readonly onFailure?: (failure: { readonly runId: string; readonly attempt: number; readonly error: Error }) => void;
}

/**
 * Closing work takes milliseconds. A dead worker's jobs are taken over after this time, and at the latest after twice
 * as long, ms.
 */
const TAKEN_UP_MS = 5_000;
/**
 * Workers that may die over one run's closing work before it is abandoned; BullMQ's default of 1 is too few when
 * workers are killed in succession.
 */
const MAX_DROPPED = 10;
/** Abandoned closing jobs kept. */
const KEPT_FAILURES = 1_000;

/**
 * Does the closing work of ended runs: hands the Redlock to the run that holds the overlap lock next. The run's own
 * state decides whether it has ended, never BullMQ's: a drained or removed child releases a flow's parent early. A job
 * is removed with its closing work; an abandoned one stays for a while, for inspection.
 */
export const createFinalizer = (
  options: FinalizerOptions,
): { start(signal?: AbortSignal): Promise<void>; stop(): Promise<void> } => {
  let worker: Worker | null = null;
  let stopping: Promise<void> | null = null;
  const stop = () => (stopping ??= worker?.close() ?? Promise.resolve());
  return {
    start: async (signal) => {
      worker ??= new Worker(RUNS_QUEUE, (job) => closeRun(options, job.id!, job.name), {
        connection: options.redis,
        prefix: options.queuePrefix,
        concurrency: options.concurrency ?? 10,
        lockDuration: TAKEN_UP_MS,
        stalledInterval: TAKEN_UP_MS,
        maxStalledCount: MAX_DROPPED,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: KEPT_FAILURES },
      });
      // The connection is restored automatically, but an unhandled error event would end the process.
      worker.on('error', () => {});
      worker.on('failed', (job, error) =>
        options.onFailure?.({ runId: job?.id ?? '', attempt: job?.attemptsMade ?? 0, error }),
      );
      signal?.addEventListener('abort', () => void stop(), { once: true });
      await worker.waitUntilReady();
    },
    stop,
  };
};

/**
 * Idempotent. The job's name is the pipeline, so that even a run pruned before this does not keep the lock until it
 * expires.
 */
const closeRun = async ({ store, locks }: FinalizerOptions, id: string, named: string): Promise<void> => {
  if (!isRunId(id)) return;
  const run = await store.runSummary(id);
  if (run !== null && !isTerminalRun(run.status))
    throw new Error(`run ${id} is ${run.status}: its flow was released before its end`);
  if (run === null && !isName(named)) return;
  const pipeline = run?.pipeline ?? (named as PipelineName);
  await locks.release(pipeline, id);
  const overlap = await store.lock(pipeline);
  if (overlap === null) return;
  await locks.hold(overlap.pipeline, overlap.holder);
  // The next run may have ended and been closed before it got the lock; then nothing else would release it.
  const next = await store.runSummary(overlap.holder);
  if (next !== null && isTerminalRun(next.status)) await locks.release(overlap.pipeline, overlap.holder);
};
