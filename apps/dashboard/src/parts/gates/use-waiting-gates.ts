import { useQuery } from '@tanstack/react-query';
import { api } from '../../api.ts';

/** A gate that waits, where its run is shown. */
export interface WaitingGate {
  readonly gate_id: string;
  readonly stage: string;
  /** ISO-8601; null: it waits for ever. */
  readonly deadline: string | null;
}

/** The gates of a run that wait, by stage; empty while loading. `at`: what changes when they may have changed. */
export const useWaitingGates = (
  runId: string,
  { at, enabled }: { at: string; enabled: boolean },
): ReadonlyMap<string, WaitingGate> => {
  const { data } = useQuery({
    queryKey: ['gates', runId, 'waiting', at],
    queryFn: async ({ signal }) => {
      const { gates = [] } = await api.run(runId, { limit: 1, outputs: 'none' }, signal);
      return new Map(gates.map((gate) => [gate.stage, gate]));
    },
    enabled,
    placeholderData: (before) => before,
  });
  return enabled && data ? data : NONE;
};

const NONE: ReadonlyMap<string, WaitingGate> = new Map();
