import type { Blocker } from '@millrace/client';
import { sayRegistered, shortRunId } from '@millrace/core/domain';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Countdown, Elapsed } from '../../../ui/times.tsx';

/** A blocker in words: the cause, for how long, and when it lifts. */
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
      Only one run of this pipeline executes at a time
      {holder === null ? null : (
        <>
          : now{' '}
          <Link to="/runs/$runId" params={{ runId: holder }} search={{}} title={holder} className="text-accent underline">
            run {shortRunId(holder)}
          </Link>
        </>
      )}
      {ahead === 0 ? '' : ahead === 1 ? '; one more is queued ahead of this run' : `; ${ahead} more are queued ahead of this run`}.
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
      The last attempt failed{error === null ? '' : ` (${error.code})`}; attempt {attempt} is due <Countdown to={next_attempt_at} />.
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
      No worker of queue {queue} has {version === null ? '' : `version ${version} of `}pipeline {pipeline}; {sayRegistered(registered)}.
    </>
  ),
  runs_apart: ({ queue }) => <>Must run alone: two workers were lost while running it alongside other stages. Waiting for an idle worker of queue {queue}.</>,
  no_capacity: ({ queue, slots, waiting }) => (
    <>
      Waiting for a free worker slot: {slots === 1 ? 'the only slot' : `all ${slots} slots`} of queue {queue} {slots === 1 ? 'is' : 'are'} busy
      {waiting > 1 ? `; ${waiting} stages are waiting` : ''}.
    </>
  ),
};

const wordsOf = <C extends Blocker['code']>({ code, evidence }: { readonly code: C; readonly evidence: Of<C> }): ReactNode => WORDS[code](evidence);
