import type { Queue } from '@millrace/client';
import { useEffect, useState } from 'react';
import { type Sample, withSample } from './samples.ts';

/** Outlives the screen: returning within ten minutes shows all samples. */
let samples: readonly Sample[] = [];

/** Adds a sample for every reading of the queues. */
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
