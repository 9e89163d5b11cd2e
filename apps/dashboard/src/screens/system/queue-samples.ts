import type { Queue } from '@millrace/client';
import { useEffect, useState } from 'react';
import { type Sample, withSample } from './samples.ts';

/** Outlives the screen: who comes back within ten minutes sees them all. */
let samples: readonly Sample[] = [];

/** One sample for every time that the queues were read. */
export const useSamples = (queues: readonly Queue[] | undefined, readAt: number): readonly Sample[] => {
  const [shown, setShown] = useState(samples);
  useEffect(() => {
    if (!queues || readAt === 0) return;
    const sum = (of: (queue: Queue) => number): number => queues.reduce((total, queue) => total + of(queue), 0);
    samples = withSample(samples, { at: readAt, waiting: sum(({ waiting }) => waiting), active: sum(({ active }) => active) });
    setShown(samples);
  }, [queues, readAt]);
  return shown;
};
