import type { Tick } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { Ago } from '../../ui/times.tsx';

const SHOWN = {
  fired: { sign: '▶', tone: 'text-good', word: 'fired' },
  caught_up: { sign: '↻', tone: 'text-busy', word: 'caught up' },
  skipped: { sign: '»', tone: 'text-off', word: 'skipped' },
  missed: { sign: '!', tone: 'text-warn', word: 'missed' },
} as const;

export const OutcomeMark = ({ outcome }: { outcome: Tick['outcome'] }) => (
  <span className={`inline-flex items-center gap-1.5 font-medium whitespace-nowrap ${SHOWN[outcome].tone}`}>
    <span aria-hidden="true" className="inline-block w-3 text-center">
      {SHOWN[outcome].sign}
    </span>
    {SHOWN[outcome].word}
  </span>
);

/** Outcome and reason of a tick, and the run it started or that blocked it. */
export const TickOutcome = ({ tick }: { tick: Tick }) => (
  <>
    <div className="flex flex-wrap gap-x-2">
      <OutcomeMark outcome={tick.outcome} />
      <span className="text-quiet">
        <Ago at={tick.instant} />
      </span>
    </div>
    <TickReason tick={tick} />
  </>
);

export const TickReason = ({ tick }: { tick: Tick }) => (
  <div className="text-quiet">
    {tick.reason === null ? null : <span>{tick.reason === 'overlap' ? 'a run was live' : tick.reason} </span>}
    {tick.run_id === null ? null : (
      <Link to="/runs/$runId" params={{ runId: tick.run_id }} search={{}} title={tick.run_id} className="text-accent underline">
        {tick.reason === 'overlap' ? 'that run' : tick.outcome === 'skipped' ? 'the run' : 'its run'}
      </Link>
    )}
  </div>
);
