import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { type StageConsumer, stageConsumer } from '@millrace/core/bullmq';
import type { LoadedPipeline } from '@millrace/core/definition';
import type { WorkerId } from '@millrace/core/domain';
import { expandFully, within } from '@millrace/core/engine';
import { runAttempt } from '@millrace/core/handlers';
import { isStoreTrouble } from '@millrace/core/redis';
import type { ArtifactLimits, ArtifactStore, Claim, Control, Outcome, Store, WorkerInfo } from '@millrace/core/ports';
import type { Logger } from 'pino';
import { HeldClaims } from './held-claims.ts';
import { leaseOf } from './lease.ts';
import { stageLookup } from './stage-lookup.ts';

export interface WorkerOptions {
  readonly store: Store;
  readonly control: Control;
  readonly artifacts: ArtifactStore;
  readonly artifactLimits: ArtifactLimits;
  readonly pipelines: readonly LoadedPipeline[];
  /** Null: the queues of every pipeline it has. */
  readonly queues: readonly string[] | null;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly drainMs: number;
  /** BullMQ's own connections. */
  readonly connection: object;
  readonly prefix: string;
  /** Keeps the lease from a second thread; returns a function that stops it. */
  keepLease(worker: WorkerId): () => Promise<void>;
  readonly log: Logger;
  /** See StageConsumerOptions. */
  readonly silenceMs?: number;
}

/**
 * A stage whose code is missing is parked; if this worker is nevertheless registered with that code, it is offered
 * again after this delay, ms.
 */
const OFFER_AGAIN_MS = 5_000;

/** A worker process: consumes its queues, runs the stages it claims, and hands back what it cannot finish. */
export const createWorker = (options: WorkerOptions) => {
  const { store, log } = options;
  const worker = `${safeHost()}-${process.pid}-${randomBytes(3).toString('hex')}` as WorkerId;
  const queues = options.queues ?? [
    ...new Set(options.pipelines.flatMap(({ pipeline }) => pipeline.stages.map((stage) => stage.queue))),
  ];
  const info: WorkerInfo = {
    host: hostname(),
    pid: process.pid,
    queues,
    concurrency: options.concurrency,
    pipelines: options.pipelines.map(({ pipeline }) => `${pipeline.name}@${pipeline.version}`),
  };
  const held = new HeldClaims();
  const lease = leaseOf({ store, worker, info, held, leaseMs: options.leaseMs, heartbeatMs: options.heartbeatMs, log });
  const findStage = stageLookup(options.pipelines, store);
  const services = {
    report: store.report,
    outputsOf: store.outputsOf,
    artifactUse: store.artifactUse,
    gates: store,
    artifacts: options.artifacts,
    artifactLimits: options.artifactLimits,
    now: () => performance.now(),
  };

  const run = async (claim: Claim): Promise<Outcome> => {
    const control = held.open(claim);
    try {
      const found = await findStage(claim);
      if (!found) return { kind: 'handed_back', reason: 'no_compatible_version', delayMs: OFFER_AGAIN_MS };
      return await runAttempt(claim, found.loaded, found.stage, { ...services, control });
    } catch (error) {
      log.error({ err: error, run_id: claim.runId, stage: claim.stage }, 'the attempt could not be carried out');
      return {
        kind: 'failed',
        error: { code: 'internal', message: error instanceof Error ? error.message : String(error) },
        retryable: true,
      };
    } finally {
      held.closed(claim);
    }
  };

  const consume = (queue: string): StageConsumer =>
    stageConsumer({
      queue,
      store,
      worker,
      claims: held.claims,
      prefix: options.prefix,
      connection: options.connection,
      concurrency: options.concurrency,
      ...(options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }),
      run,
      onUnregistered: () => void lease.beat(),
      onUnfinished: (runIds) => {
        // If this fails, the reconciler continues it.
        expandFully(store, runIds).catch((error: unknown) =>
          log.warn({ err: error, run_ids: runIds }, 'a transition is left to the reconciler'),
        );
      },
      onFenced: (claim, result) =>
        log.warn({ run_id: claim.runId, fence: claim.fence, outcome: result.kind }, 'a late outcome was refused'),
      // The heartbeat logs a Redis that is down or refuses writes, once instead of at every attempt of every queue.
      onError: (error) =>
        log[isStoreTrouble(error) ? 'debug' : 'error']({ err: error, queue }, 'the queue could not be read'),
      onRestart: () => log.warn({ queue }, 'the queue was not being consumed: its consumer was replaced'),
    });

  let consumers: StageConsumer[] = [];
  let endLeaseThread = async () => {};
  let endCancels = async () => {};
  let stopping: Promise<void> | null = null;

  const stop = async (because: string | null): Promise<void> => {
    const drained = Promise.all(consumers.map((consumer) => consumer.drain()));
    if (because !== null) {
      log.error({ held: held.size }, `handing back what runs: ${because}`);
      held.abortAll({ kind: 'process_ends', reason: because, graceMs: null });
    }
    if ((await within(drained, options.drainMs)) === 'late') {
      log.warn({ held: held.size }, 'the drain is over: handing back what still runs');
      held.abortAll({ kind: 'drain', reason: 'the worker stops', graceMs: null });
      await within(drained, options.drainMs);
    }
    await Promise.all(consumers.map((consumer) => consumer.close()));
    await endCancels();
    await endLeaseThread();
    await lease.release();
    log.info('worker stopped');
  };

  return {
    worker,
    held,
    /** `onRegistered` is called before the first stage is taken. */
    start: async (onRegistered: () => void = () => {}): Promise<void> => {
      await lease.register();
      onRegistered();
      endLeaseThread = options.keepLease(worker);
      endCancels = await options.control.onCancel((runId) => {
        if (held.has(runId)) void lease.beat();
      });
      consumers = queues.map(consume);
      log.info({ worker, queues, concurrency: options.concurrency, pipelines: info.pipelines }, 'worker started');
    },
    /**
     * Drains: stages may finish within the drain time and are then handed back; with a reason, at once, and their logs
     * name it.
     */
    stop: (because: string | null = null): Promise<void> => (stopping ??= stop(because)),
  };
};

/** Worker ids are part of keys and events: only plain characters of the host's name. */
const safeHost = (): string =>
  hostname()
    .replace(/[^A-Za-z0-9-]/g, '-')
    .slice(0, 40) || 'host';
