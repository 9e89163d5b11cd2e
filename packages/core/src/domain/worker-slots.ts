/** How many stages a worker can run at a time: its concurrency counts for each queue that it serves. */
export const workerSlots = ({ concurrency, queues }: { readonly concurrency: number; readonly queues: readonly string[] }): number =>
  concurrency * queues.length;
