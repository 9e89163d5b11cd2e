import type { ListedRun, Pipeline } from '@millrace/client';
import { isTerminalRun, isTerminalStage, RUN_STATES } from '@millrace/core/domain';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo, useEffect } from 'react';
import { api } from '../../api.ts';
import { formatDuration } from '../../format/amounts.ts';
import { useLive } from '../../live/live-provider.tsx';
import { useNow } from '../../live/server-clock.ts';
import { StatusMark, toneOf, wordOf } from '../../ui/status-mark.tsx';
import { Countdown, Elapsed } from '../../ui/times.tsx';

/** What a pipeline is doing. `runs`: its live runs, newest first. */
export const LiveRuns = ({ pipeline, runs }: { pipeline: Pipeline; runs: readonly ListedRun[] }) => (
  <>
    {runs.slice(0, SHOWN).map((run) => (
      <LiveRunLine key={run.run_id} run={run} pipeline={pipeline} />
    ))}
    {runs.length > SHOWN ? (
      <Link
        to="/runs"
        search={{ pipeline: pipeline.name, status: 'queued,starting,running,retrying,cancelling' }}
        className="text-accent underline"
      >
        {runs.length - SHOWN} more live runs
      </Link>
    ) : null}
  </>
);

const SHOWN = 3;

/** A live run: what it is doing, and its duration compared with the usual one. */
const LiveRunLine = memo(({ run, pipeline }: { run: ListedRun; pipeline: Pipeline }) => (
  <div className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-raised px-3 py-1.5">
    <Link
      to="/runs/$runId"
      params={{ runId: run.run_id }}
      aria-label={`Live run ${run.run_id} of ${pipeline.name}: ${wordOf(run.status)}`}
      className="hover:underline"
    >
      <StatusMark status={run.status} />
    </Link>
    <Dots run={run} />
    <span className="min-w-0">
      {activityOf(run)}
      {run.next_attempt_at === null ? null : (
        <>
          {' '}
          · next attempt <Countdown to={run.next_attempt_at} />
        </>
      )}
    </span>
    {run.started_at === null ? null : (
      <span className="ml-auto inline-flex items-center gap-2">
        <AgainstUsual from={Date.parse(run.started_at)} p50={pipeline.duration_p50_ms} p95={pipeline.duration_p95_ms} />
      </span>
    )}
  </div>
));

/** One dot per stage while they can be told apart; otherwise a count. */
const MOST_DOTS = 24;
const Dots = ({ run: { stages = [], stage_counts: counts } }: { run: ListedRun }) => {
  const dots = counts.total > MOST_DOTS ? [] : stages;
  return (
    <span
      className="inline-flex items-center gap-1.5"
      title={dots.map(({ stage, status }) => `${stage}: ${wordOf(status)}`).join('\n')}
    >
      {dots.length === 0 ? null : (
        <span aria-hidden="true" className="inline-flex gap-0.5">
          {dots.map(({ stage, status }) => (
            <span
              key={stage}
              className={`size-2 rounded-full border border-current ${isTerminalStage(status) || status === 'running' ? 'bg-current' : ''} ${toneOf(status)}`}
            />
          ))}
        </span>
      )}
      <span className="text-quiet">
        {counts.ended}/{counts.total} stages
      </span>
    </span>
  );
};

const activityOf = ({ stages = [], stage_counts: counts }: ListedRun): string => {
  const running = stages.filter(({ status }) => status === 'running');
  if (running.length > 0)
    return counts.running <= 2
      ? running.map(({ stage, attempt }) => (attempt > 1 ? `${stage} (attempt ${attempt})` : stage)).join(', ')
      : `${running[0]!.stage} and ${counts.running - 1} more`;
  const waiting = stages.find(({ status }) => status === 'retrying' || status === 'queued' || status === 'ready');
  const gated = stages.find(({ status }) => status === 'awaiting_gate');
  if (!waiting && gated) return `${gated.stage} is waiting at its gate`;
  return waiting === undefined
    ? ''
    : `${waiting.stage} ${waiting.status === 'retrying' ? 'is waiting to retry' : `is waiting in queue ${waiting.queue}`}`;
};

const AgainstUsual = ({ from, p50, p95 }: { from: number; p50: number | null; p95: number | null }) => {
  const elapsed = useNow() - from;
  const usual = p50 === null || p95 === null ? null : `p50 ${formatDuration(p50)}, p95 ${formatDuration(p95)}`;
  return (
    <>
      <span className={p95 !== null && elapsed > p95 ? 'font-medium text-warn' : ''}>
        <Elapsed from={from} to={null} />
        {p95 !== null && elapsed > p95 ? ' (longer than usual)' : ''}
      </span>
      {usual === null ? null : <span className="text-quiet">{usual}</span>}
    </>
  );
};

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
