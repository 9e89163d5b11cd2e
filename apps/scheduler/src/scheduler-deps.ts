import type { LiveRun } from '@millrace/core/engine';
import type { OverlapLocks, Store, WakeUps } from '@millrace/core/ports';
import type { Logger } from 'pino';

/** Dependencies of a scheduler. */
export interface SchedulerDeps {
  readonly store: Store;
  readonly locks: OverlapLocks;
  readonly wakeUps: WakeUps;
  /** Publishes the last event of each live run's log. */
  readonly publishHeartbeats: (beats: readonly Pick<LiveRun, 'runId' | 'lastSeq'>[]) => Promise<void>;
  readonly log: Logger;
  /** Unique name of this scheduler process. */
  readonly name: string;
  readonly times: SchedulerTimes;
  /** Queue -> stages that may run at once; absent: no limits. */
  readonly queueConcurrency?: ReadonlyMap<string, number>;
  readonly retention: { readonly count: number; readonly ageMs: number };
}

/** All ms. */
export interface SchedulerTimes {
  /** Interval of the sweeps for lost workers and due timeouts. */
  readonly sweepMs: number;
  /** Interval of the checks for hung runs. */
  readonly watchdogMs: number;
  /** Longest interval between readings of the schedules, and delay of a tick whose wake-up is lost. Default 1 s. */
  readonly ticksMs?: number;
}
