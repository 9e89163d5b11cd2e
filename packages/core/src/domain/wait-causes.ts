/** What a stage may wait for outside of its queue, without a worker. The store records the cause, and since when; an event (`stage.parked`) tells both. */
export const WAIT_CAUSES = {
  no_compatible_worker: 'no worker has its code',
} as const;
export type WaitCause = keyof typeof WAIT_CAUSES;

/** `since`: ms since the epoch. */
export interface Wait {
  readonly cause: WaitCause;
  readonly since: number;
}
