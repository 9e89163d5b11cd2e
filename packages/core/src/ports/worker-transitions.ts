import type { WorkerId } from '../domain/index.ts';
import type { ClaimRef } from './work-transitions.ts';

/** Worker processes and their leases. */
export interface WorkerTransitions {
  /** Registers a worker process or renews its lease, and reconciles its claims with the recorded ones. */
  renewLease(command: RenewLease): Promise<LeaseAnswer>;
  /** The worker exits: its remaining stages are queued again at once. */
  releaseWorker(worker: WorkerId): Promise<void>;
  /**
   * Requeues the stages of workers whose lease expired. A loss counts against a stage only if its worker held no other;
   * past `maxLost` such losses the stage fails. Otherwise the culprit is unknown, and after two such losses a stage
   * runs apart from then on. `latest`: if the store's clock is past it, the clock has jumped ahead and every lease
   * looks expired, so nothing is done.
   */
  rescueLost(options: { maxLost: number; limit: number; latest?: number }): Promise<RescueAnswer>;
}

export interface RenewLease {
  readonly worker: WorkerId;
  readonly ttlMs: number;
  readonly info: WorkerInfo;
  /** True in the first call of a process; a renewal for an unknown worker is refused. */
  readonly register: boolean;
  /**
   * Numbers the renewals of a worker from 1. A resent one lists what was held when it was first sent, so it requeues no
   * orphans.
   */
  readonly ordinal?: number;
  readonly held: readonly ClaimRef[];
}

export interface LeaseAnswer {
  readonly registered: boolean;
  /** Held claims that this worker has lost: abort them. */
  readonly fenced: readonly ClaimRef[];
  /** Held claims whose run is being cancelled. */
  readonly cancel: readonly (ClaimRef & { readonly reason: string; readonly graceMs: number | null })[];
  /** Stages recorded for this worker but unknown to it (a lost reply); they were queued again. */
  readonly orphans: number;
}

export interface WorkerInfo {
  readonly host: string;
  readonly pid: number;
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** `name@version` of the pipelines it can run. */
  readonly pipelines: readonly string[];
}

export interface RescueAnswer {
  readonly workers: readonly WorkerId[];
  readonly stages: number;
}
