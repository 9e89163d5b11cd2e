import type { ListedRun } from '@millrace/client';
import { isTerminalRun, RUN_STATES } from '@millrace/core/domain';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../api.ts';
import { useLive } from '../../live/live-provider.tsx';

const LIVE = RUN_STATES.filter((status) => !isTerminalRun(status)).join(',');
const MOST = 100;
/** Stages change more often than runs: they are reread at most this often, ms. */
const REFRESH_MS = 1_000;

/** The live runs with their current stages; of one pipeline, or of all. */
export const useLiveRuns = (pipeline?: string): readonly ListedRun[] => {
  const live = useLive();
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['runs', 'live', pipeline ?? null],
    queryFn: ({ signal }) => api.runs({ status: LIVE, limit: MOST, pipeline, stages: 'brief' }, signal),
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const refresh = (): void => {
      timer ??= setTimeout(() => {
        timer = null;
        if (document.visibilityState === 'visible') void queries.invalidateQueries({ queryKey: ['runs', 'live'] });
      }, REFRESH_MS);
    };
    const unfollow = live.followAll({
      onEvent: ({ type, pipeline: of }) => {
        if (pipeline !== undefined && of !== pipeline) return;
        if (type === 'stage.started' || type === 'stage.succeeded') refresh();
      },
      onResync: () => {},
    });
    return () => {
      unfollow();
      if (timer !== null) clearTimeout(timer);
    };
  }, [live, queries, pipeline]);
  return data?.items ?? NONE;
};

const NONE: readonly ListedRun[] = [];
