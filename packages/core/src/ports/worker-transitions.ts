import type { WorkerId } from '../domain/index.ts';
import type { ClaimRef } from './work-transitions.ts';

/** Worker processes and their leases. */
export interface WorkerTransitions {
  /** Registers a worker process, or renews its lease, and compares what it holds with what is recorded. */
  renewLease(command: RenewLease): Promise<LeaseAnswer>;
  /** The worker ends: what it still holds is queued again at once. */
  releaseWorker(worker: WorkerId): Promise<void>;
  /**
   * Takes the stages of workers whose lease ended and queues them again. A loss counts for a stage that was all its worker held, and past `maxLost`
   * such losses it fails. Beside others nobody knows whose fault it was: a stage whose workers were lost twice so runs apart from then on.
   * `latest`: a clock of the store that shows more has jumped ahead, every lease looks ended by it, and nothing is done.
   */
  rescueLost(options: { maxLost: number; limit: number; latest?: number }): Promise<RescueAnswer>;
}

export interface RenewLease {
  readonly worker: WorkerId;
  readonly ttlMs: number;
  readonly info: WorkerInfo;
  /** True for the first call of a process; a renewal of an unknown worker is refused. */
  readonly register: boolean;
  /** Numbers the renewals of a worker from 1. One that is sent again tells what was held when it was first sent: it finds no orphans. */
  readonly ordinal?: number;
  readonly held: readonly ClaimRef[];
}

export interface LeaseAnswer {
  readonly registered: boolean;
  /** Held claims that are no longer this worker's: abort them. */
  readonly fenced: readonly ClaimRef[];
  /** Held claims whose run is being cancelled. */
  readonly cancel: readonly (ClaimRef & { readonly reason: string; readonly graceMs: number | null })[];
  /** Stages recorded for this worker that it does not know (a lost reply); they were queued again. */
  readonly orphans: number;
}

export interface WorkerInfo {
  readonly host: string;
  readonly pid: number;
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** `name@version` of the pipelines that it can run. */
  readonly pipelines: readonly string[];
}

export interface RescueAnswer {
  readonly workers: readonly WorkerId[];
  readonly stages: number;
}
