import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { isName, isRunId, isTerminalRun, type PipelineName } from '../domain/index.ts';
import type { OverlapLocks, Store } from '../ports/index.ts';

/** Reserved: the queue of the runs' flow parents. */
export const RUNS_QUEUE = 'runs';

export interface FinalizerOptions {
  readonly store: Store;
  readonly locks: OverlapLocks;
  /** Keeps trying (`workOptions`); stays the caller's to close. */
  readonly redis: Redis;
  readonly queuePrefix: string;
  /** Runs closed at a time. Default 10. */
  readonly concurrency?: number;
  /** A run whose closing work failed; BullMQ tries again as often as the job says (10 times). */
  readonly onFailure?: (failure: { readonly runId: string; readonly attempt: number; readonly error: Error }) => void;
}

/** Closing work takes milliseconds: what a worker that died held is taken up after this, ms, and at most as long again. */
const TAKEN_UP_MS = 5_000;
/** Workers that may die over one run's closing work before it is given up; BullMQ's own 1 is too few when workers are killed in a row. */
const MAX_DROPPED = 10;
/** Jobs of closing work that was given up. */
const KEPT_FAILURES = 1_000;

/**
 * Does the closing work of runs that have ended: a run's Redlock goes to the run that holds the overlap lock next.
 * The run's own state says whether it is over, never BullMQ's: a drained or removed child releases a flow's parent early.
 * A job goes with its closing work; one that was given up stays for a while, for people.
 */
export const createFinalizer = (options: FinalizerOptions): { start(signal?: AbortSignal): Promise<void>; stop(): Promise<void> } => {
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
      // A lost connection heals by itself; without a listener it would end the process.
      worker.on('error', () => {});
      worker.on('failed', (job, error) => options.onFailure?.({ runId: job?.id ?? '', attempt: job?.attemptsMade ?? 0, error }));
      signal?.addEventListener('abort', () => void stop(), { once: true });
      await worker.waitUntilReady();
    },
    stop,
  };
};

/** Done twice, it does the same. The job's name is the pipeline: a run that was pruned before this must not keep the lock until it lapses. */
const closeRun = async ({ store, locks }: FinalizerOptions, id: string, named: string): Promise<void> => {
  if (!isRunId(id)) return;
  const run = await store.runSummary(id);
  if (run !== null && !isTerminalRun(run.status)) throw new Error(`run ${id} is ${run.status}: its flow was released before its end`);
  if (run === null && !isName(named)) return;
  const pipeline = run?.pipeline ?? (named as PipelineName);
  await locks.release(pipeline, id);
  const overlap = await store.lock(pipeline);
  if (overlap === null) return;
  await locks.hold(overlap.pipeline, overlap.holder);
  // It may have ended, and its own closing work may have been done, before it was given the lock: then nobody would release it.
  const next = await store.runSummary(overlap.holder);
  if (next !== null && isTerminalRun(next.status)) await locks.release(overlap.pipeline, overlap.holder);
};
