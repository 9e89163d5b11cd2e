import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../../../api.ts';

/** No event tells of a queue that was paused or of a worker that is gone, ms. */
const REREAD_MS = 2_000;
/** Between two stages of a chain nothing runs for a moment: that is no wait, ms. */
const MOMENT_MS = 1_000;

/** What the stage waits for, or the run's nearest ones; asked only while something waits, again and again. */
export const useExplanation = (runId: string, stage: string | null, waits: boolean) => {
  const lasts = useLasting(waits);
  const { data, error } = useQuery({
    queryKey: ['explain', runId, stage],
    queryFn: ({ signal }) => api.explain(runId, stage === null ? { limit: 3 } : { stage }, signal),
    enabled: lasts,
    refetchInterval: REREAD_MS,
    staleTime: 0,
  });
  return { explanation: lasts ? data : undefined, error: lasts ? error : null };
};

const useLasting = (holds: boolean): boolean => {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLasts(holds), holds ? MOMENT_MS : 0);
    return () => clearTimeout(timer);
  }, [holds]);
  return holds && lasts;
};
