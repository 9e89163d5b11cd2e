import { useEffect, useMemo, useReducer, useSyncExternalStore } from 'react';
import { api } from '../../../api.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import type { ChosenAttempt } from './choose-attempt.ts';
import { openLog } from './open-log.ts';

/** The log of the attempt, read and followed while mounted; `again` rereads it. */
export const useLog = (runId: string, { stage, attempt }: ChosenAttempt, source: LiveRun) => {
  const [round, again] = useReducer((rounds: number) => rounds + 1, 0);
  // oxlint-disable-next-line react/exhaustive-deps -- a new round is a new log
  const log = useMemo(() => openLog(api, runId, { stage, attempt }), [runId, stage, attempt, round]);
  useEffect(() => log.follow(source), [log, source]);
  const state = useSyncExternalStore(log.onState, log.state);
  return { lines: log.lines, state, again };
};
