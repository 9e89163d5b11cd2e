/**
 * Why a stage may be parked outside its queue. The store records the cause and the time; the event `stage.parked`
 * carries both.
 */
export const WAIT_CAUSES = {
  no_compatible_worker: 'no worker has its code',
  paused: 'its run is paused',
} as const;
export type WaitCause = keyof typeof WAIT_CAUSES;

/** `since`: ms since the epoch. */
export interface Wait {
  readonly cause: WaitCause;
  readonly since: number;
}
