import type { BaseAdapter } from '@bull-board/api/baseAdapter';
import type { Readings } from '@millrace/core/ports';
import { keptFor } from './kept-for.ts';

/** How long a reading is reused, ms: a poll requests each queue separately. */
const FRESH_MS = 2_000;

type Workers = Awaited<ReturnType<BaseAdapter['getWorkers']>>;

/** Workers with a lease, by queue: cheaper than a CLIENT LIST per queue, and available where that is forbidden. */
export const connectedWorkers = (store: Pick<Readings, 'workers' | 'now'>): ((queue: string) => Promise<Workers>) => {
  const read = keptFor(FRESH_MS, async () => {
    const [workers, now] = await Promise.all([store.workers(), store.now()]);
    const connected = workers.filter(({ leaseUntil }) => leaseUntil > now);
    return connected.map((worker) => ({ ...worker, age: Math.floor((now - worker.registeredAt) / 1_000) }));
  });
  return async (queue) =>
    (await read())
      .filter(({ queues }) => queues.includes(queue))
      .map(({ worker, host, pid, age }) => ({ id: worker, name: worker, addr: `${host} (process ${pid})`, age }));
};
