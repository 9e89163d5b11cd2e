import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../../../api.ts';

/** No event reports a paused queue or a lost worker: poll interval, ms. */
const REREAD_MS = 2_000;
/** A short gap between two stages of a chain is not a wait, ms. */
const MOMENT_MS = 1_000;

/** What the stage, or the run's next stages, are waiting for; polled only while something waits. */
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
