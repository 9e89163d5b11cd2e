import { ApiError, type Gate, type GateDecisionBody } from '@millrace/client';
import { useState } from 'react';
import { api } from '../../api.ts';
import { queryClient } from '../../live/query-client.ts';
import { focusHeading } from '../../shell/page-focus.ts';
import type { Verb } from './decision-draft.ts';

export interface Decision {
  /** Digest of what the reader has looked at: a decision is about that. */
  readonly seen: string;
  /** The gate shows something else by now. */
  readonly isStale: boolean;
  readonly acknowledge: () => void;
  /** Why the last decision was not made: somebody else was faster, or what was shown had changed. */
  readonly conflict: ApiError | null;
  /** Throws what the API says unless it is a conflict. */
  readonly send: (verb: Verb, body: GateDecisionBody, idempotencyKey: string) => Promise<void>;
}

const CONFLICTS: ReadonlySet<string> = new Set(['gate_changed', 'gate_closed']);

/** Decisions at a gate, each about what was shown when the reader looked. */
export const useDecision = (gate: Gate): Decision => {
  const { gate_id, run_id, shown_digest } = gate;
  const [seen, setSeen] = useState(shown_digest);
  const [conflict, setConflict] = useState<ApiError | null>(null);
  const become = (next: Gate): void => {
    queryClient.setQueryData(['gates', run_id, 'one', gate_id], next);
    void queryClient.invalidateQueries({ queryKey: ['gates'] });
  };
  return {
    seen,
    isStale: gate.status === 'pending' && shown_digest !== seen,
    acknowledge: () => setSeen(shown_digest),
    conflict,
    send: async (verb, body, idempotencyKey) => {
      try {
        become(await api.decideGate(gate_id, verb, body, idempotencyKey));
        setConflict(null);
      } catch (error) {
        if (!(error instanceof ApiError && CONFLICTS.has(error.code))) throw error;
        await queryClient.invalidateQueries({ queryKey: ['gates'] });
        setConflict(error);
      }
      // The button that was pressed may be gone.
      requestAnimationFrame(focusHeading);
    },
  };
};
