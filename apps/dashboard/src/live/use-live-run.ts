import { ApiError, EVENTS_GONE } from '@millrace/client';
import { useEffect, useReducer, useState, useSyncExternalStore } from 'react';
import { api } from '../api.ts';
import { type LiveRun, type LiveRunState, openLiveRun } from './live-run.ts';
import { useLive } from './live-provider.tsx';
import { noteOutcome, useRecoveries } from './trouble.ts';

/**
 * The run, live, while the component is mounted. Reloaded after an outage or when events are missing; the old state
 * stays until then.
 */
export const useLiveRun = (runId: string): { readonly state: LiveRunState; readonly source: LiveRun | null } => {
  const live = useLive();
  const recoveries = useRecoveries();
  const [losses, reopen] = useReducer((count: number) => count + 1, 0);
  const [shown, setShown] = useState<{ readonly runId: string; readonly source: LiveRun } | null>(null);
  useEffect(() => {
    const opened = openLiveRun(api, live, runId);
    const show = (): void => {
      const state = opened.state();
      // Missed changes are in a new snapshot, and possibly in no event any more.
      if (state.phase === 'refused' && state.error instanceof ApiError && state.error.code === EVENTS_GONE) return reopen();
      if (state.phase === 'refused') noteOutcome(state.error);
      const passes = state.phase === 'refused' && !(state.error instanceof ApiError && state.error.status < 500);
      setShown((before) => (passes && before?.runId === runId ? before : { runId, source: opened }));
      ignore();
    };
    const ignore = opened.onChange(show);
    return () => opened.close();
  }, [live, runId, recoveries, losses]);
  const source = shown?.runId === runId ? shown.source : null;
  const state = useSyncExternalStore(source?.onChange ?? NEVER, source?.state ?? LOADING);
  return { state, source };
};

const NEVER = (): (() => void) => () => {};
const LOADING_STATE: LiveRunState = { phase: 'loading' };
const LOADING = (): LiveRunState => LOADING_STATE;
