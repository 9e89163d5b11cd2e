/** How many stages a worker can run at a time: its concurrency applies to each queue it serves. */
export const workerSlots = ({
  concurrency,
  queues,
}: {
  readonly concurrency: number;
  readonly queues: readonly string[];
}): number => concurrency * queues.length;

/** The stages a worker holds, oldest first. */
export const byAge = (one: Held, other: Held): number =>
  one.since - other.since || (`${one.runId} ${one.stage}` < `${other.runId} ${other.stage}` ? -1 : 1);

interface Held {
  readonly runId: string;
  readonly stage: string;
  readonly since: number;
}
