import type { LiveRun } from '@millrace/core/engine';
import type { OverlapLocks, Store, WakeUps } from '@millrace/core/ports';
import type { Logger } from 'pino';

/** What a scheduler is made of. */
export interface SchedulerDeps {
  readonly store: Store;
  readonly locks: OverlapLocks;
  readonly wakeUps: WakeUps;
  /** Tells subscribers how far each live run's log has come. */
  readonly publishHeartbeats: (beats: readonly Pick<LiveRun, 'runId' | 'lastSeq'>[]) => Promise<void>;
  readonly log: Logger;
  /** Names this process among the schedulers; unique. */
  readonly name: string;
  readonly times: SchedulerTimes;
  readonly retention: { readonly count: number; readonly ageMs: number };
}

/** All ms. */
export interface SchedulerTimes {
  /** How often stages of lost workers and due timeouts are looked for. */
  readonly sweepMs: number;
  /** How often hung runs are looked for. */
  readonly watchdogMs: number;
  /** Longest time that schedules are not read anew, and that a tick may wait when its wake-up is lost. Default 1 s. */
  readonly ticksMs?: number;
}
