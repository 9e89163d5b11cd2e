import type { Blocker } from '@millrace/client';
import { sayRegistered, shortRunId } from '@millrace/core/domain';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Countdown, Elapsed } from '../../../ui/times.tsx';

/** Why something waits: what is in its way, for how long, and what ends the wait. */
export const BlockerWords = ({ blocker }: { blocker: Blocker }) => (
  <>
    <p className="text-ink">{wordsOf(blocker)}</p>
    <p>
      For <Elapsed from={Date.parse(blocker.since)} to={null} />, until {blocker.lifts_when}.
    </p>
  </>
);

type Of<C extends Blocker['code']> = Extract<Blocker, { code: C }>['evidence'];
/** A code without words does not compile. */
const WORDS: { readonly [C in Blocker['code']]: (evidence: Of<C>) => ReactNode } = {
  overlap: ({ holder, ahead }) => (
    <>
      Runs of this pipeline go one after the other
      {holder === null ? null : (
        <>
          , and{' '}
          <Link to="/runs/$runId" params={{ runId: holder }} search={{}} title={holder} className="text-accent underline">
            run {shortRunId(holder)}
          </Link>{' '}
          has the turn
        </>
      )}
      {ahead === 0 ? '' : ahead === 1 ? '; one more is before this one' : `; ${ahead} more are before this one`}.
    </>
  ),
  dependency: ({ stages, more }) => (
    <>
      It comes after {stages.map(({ stage, status }) => `${stage} (${status.replace('_', ' ')})`).join(', ')}
      {more === 0 ? '' : ` and ${more} more`}.
    </>
  ),
  backoff: ({ attempt, next_attempt_at, error }) => (
    <>
      The last attempt failed{error === null ? '' : ` (${error.code})`}; attempt {attempt} is due <Countdown to={next_attempt_at} />.
    </>
  ),
  no_worker: ({ queue, lost }) => (
    <>
      No worker serves the queue {queue}
      {lost === 0 ? '' : lost === 1 ? ': the one that did is lost' : `: the ${lost} that did are lost`}.
    </>
  ),
  queue_paused: ({ queue }) => <>The queue {queue} is paused.</>,
  no_compatible_worker: ({ queue, pipeline, version, registered }) => (
    <>
      No worker of the queue {queue} has {version === null ? '' : `version ${version} of `}pipeline {pipeline}; {sayRegistered(registered)}.
    </>
  ),
  runs_apart: ({ queue }) => (
    <>It runs alone since its workers died twice beside other stages: it waits for a worker of the queue {queue} that holds nothing else.</>
  ),
  no_capacity: ({ queue, slots, waiting }) => (
    <>
      {slots === 1 ? 'The one slot' : `All ${slots} slots`} of the workers that serve the queue {queue} {slots === 1 ? 'is' : 'are'} taken
      {waiting > 1 ? `; ${waiting} stages wait there` : ''}.
    </>
  ),
};

const wordsOf = <C extends Blocker['code']>({ code, evidence }: { readonly code: C; readonly evidence: Of<C> }): ReactNode => WORDS[code](evidence);
