import type { Blocker } from '@millrace/client';
import { type Run, sayRegistered, shortRunId, type StageRun } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { api } from '../../api.ts';
import { PAUSED_WHAT } from '../../parts/pipeline/pause-dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Countdown, Elapsed } from '../../ui/times.tsx';

/** Why none of a live run's stages is running. */
export const RunWaits = ({ run }: { run: Run }) => {
  const { explanation } = useExplanation(
    run.runId,
    null,
    run.finishedAt === null && !run.stages.some(({ status }) => status === 'running'),
  );
  if (explanation === undefined) return null;
  const { blockers, stages, waiting } = explanation;
  if (blockers.length > 0)
    return (
      <Notice tone="plain" title="Waiting for its turn">
        {blockers.map((blocker) => (
          <BlockerWords key={blocker.code} blocker={blocker} />
        ))}
      </Notice>
    );
  const [first] = stages;
  if (!first || first.blockers.length === 0) return null;
  return (
    <Notice tone="warn" title={`${first.stage} is not running${waiting > 1 ? `, nor are ${waiting - 1} more` : ''}`}>
      {first.blockers.map((blocker) => (
        <BlockerWords key={blocker.code} blocker={blocker} />
      ))}
    </Notice>
  );
};

const WAITING: readonly StageRun['status'][] = ['pending', 'ready', 'queued', 'retrying', 'awaiting_gate'];

/** Why a stage is not running yet; renders nothing if it is not waiting. */
export const StageWaits = ({ run, stage }: { run: Run; stage: StageRun }) => {
  const waits = run.finishedAt === null && WAITING.includes(stage.status);
  const { explanation, error } = useExplanation(run.runId, stage.stage, waits);
  const found = explanation?.stages.find((one) => one.stage === stage.stage && one.status === stage.status);
  if (!waits) return null;
  if (error !== null && !found)
    return <Notice tone="plain" title="Cannot determine why it is waiting right now" error={error} />;
  if (!found) return null;
  return (
    <Notice tone="plain" title="Why it is not running">
      {found.blockers.length === 0 ? (
        <p>Nothing is blocking it: the next free worker takes it.</p>
      ) : (
        <ol className="space-y-2">
          {found.blockers.map((blocker) => (
            <li key={blocker.code}>
              <BlockerWords blocker={blocker} />
            </li>
          ))}
        </ol>
      )}
    </Notice>
  );
};

/** No event reports a paused queue or a lost worker: poll interval, ms. */
const REREAD_MS = 2_000;
/** A short gap between two stages of a chain is not a wait, ms. */
const MOMENT_MS = 1_000;

/** What the stage, or the run's next stages, are waiting for; polled only while something waits. */
const useExplanation = (runId: string, stage: string | null, waits: boolean) => {
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

/** A blocker in words: the cause, for how long, and when it lifts. */
const BlockerWords = ({ blocker }: { blocker: Blocker }) => (
  <>
    <p className="text-ink">{wordsOf(blocker)}</p>
    <p>
      Blocked for <Elapsed from={Date.parse(blocker.since)} to={null} />; lifts when {blocker.lifts_when}.
    </p>
  </>
);

/** `role:<role>` or `name:<token>`. */
const sayPrincipal = (principal: string): string => principal.replace(/^role:/, 'the role ').replace(/^name:/, '');

type Of<C extends Blocker['code']> = Extract<Blocker, { code: C }>['evidence'];
/** A code without words does not compile. */
const WORDS: { readonly [C in Blocker['code']]: (evidence: Of<C>) => ReactNode } = {
  overlap: ({ holder, ahead }) => (
    <>
      Only one run of this pipeline may be live at a time
      {holder === null ? null : (
        <>
          , and{' '}
          <Link
            to="/runs/$runId"
            params={{ runId: holder }}
            search={{}}
            title={holder}
            className="text-accent underline"
          >
            run {shortRunId(holder)}
          </Link>{' '}
          is
        </>
      )}
      {ahead === 0
        ? ''
        : ahead === 1
          ? '; one more is queued ahead of this one'
          : `; ${ahead} more are queued ahead of this one`}
      .
    </>
  ),
  awaiting_gate: ({ gate, who, votes, quorum, deadline }) => (
    <>
      Waits for a decision at{' '}
      <Link to="/approvals/$gateId" params={{ gateId: gate }} className="text-accent underline">
        its gate
      </Link>
      , by {who.map(sayPrincipal).join(' or ')}
      {quorum === 1 ? '' : ` (${votes} of ${quorum} approvals)`}
      {deadline === null ? null : (
        <>
          ; its deadline is <Countdown to={deadline} />
        </>
      )}
      .
    </>
  ),
  paused: ({ scope, by, reason, cause }) => (
    <>
      {cause ? 'A gate of the run was rejected' : `${PAUSED_WHAT[scope]} is paused`}
      {by === null ? '' : ` by ${by}`}
      {reason === null ? '' : `: ${reason}`}.
    </>
  ),
  dependency: ({ stages, more }) => (
    <>
      Depends on {stages.map(({ stage, status }) => `${stage} (${status.replace('_', ' ')})`).join(', ')}
      {more === 0 ? '' : ` and ${more} more`}.
    </>
  ),
  backoff: ({ attempt, next_attempt_at, error }) => (
    <>
      The last attempt failed{error === null ? '' : ` (${error.code})`}; attempt {attempt} is due{' '}
      <Countdown to={next_attempt_at} />.
    </>
  ),
  no_worker: ({ queue, lost }) => (
    <>
      No worker serves queue {queue}
      {lost === 0 ? '' : lost === 1 ? ': its worker was lost' : `: its ${lost} workers were lost`}.
    </>
  ),
  queue_paused: ({ queue }) => <>Queue {queue} is paused.</>,
  no_compatible_worker: ({ queue, pipeline, version, registered }) => (
    <>
      No worker of queue {queue} has {version === null ? '' : `version ${version} of `}pipeline {pipeline};{' '}
      {sayRegistered(registered)}.
    </>
  ),
  runs_apart: ({ queue }) => (
    <>
      Must run alone: two workers were lost while running it alongside other stages. Waiting for an idle worker of queue{' '}
      {queue}.
    </>
  ),
  no_capacity: ({ queue, slots, waiting }) => (
    <>
      Waiting for a free worker slot: {slots === 1 ? 'the only slot' : `all ${slots} slots`} of queue {queue}{' '}
      {slots === 1 ? 'is' : 'are'} busy
      {waiting > 1 ? `; ${waiting} stages are waiting` : ''}.
    </>
  ),
};

const wordsOf = <C extends Blocker['code']>({
  code,
  evidence,
}: {
  readonly code: C;
  readonly evidence: Of<C>;
}): ReactNode => WORDS[code](evidence);
