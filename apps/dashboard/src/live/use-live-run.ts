import { useEffect, useState, useSyncExternalStore } from 'react';
import { api } from '../api.ts';
import { type LiveRun, type LiveRunState, openLiveRun } from './live-run.ts';
import { useLive } from './live-provider.tsx';
import { useRecoveries } from './trouble.ts';

/** The run, live, for as long as the component is shown. After an outage it is loaded anew. */
export const useLiveRun = (runId: string): { readonly state: LiveRunState; readonly source: LiveRun | null } => {
  const live = useLive();
  const recoveries = useRecoveries();
  const [source, setSource] = useState<LiveRun | null>(null);
  useEffect(() => {
    const opened = openLiveRun(api, live, runId);
    setSource(opened);
    return () => opened.close();
  }, [live, runId, recoveries]);
  const state = useSyncExternalStore(source?.onChange ?? NEVER, source?.state ?? LOADING);
  return { state, source };
};

const NEVER = (): (() => void) => () => {};
const LOADING_STATE: LiveRunState = { phase: 'loading' };
const LOADING = (): LiveRunState => LOADING_STATE;
