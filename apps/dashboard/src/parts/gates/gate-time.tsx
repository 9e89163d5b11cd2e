import type { ListedGate } from '@millrace/client';
import { Countdown, Instant } from '../../ui/times.tsx';
import { atDeadline } from './gate-words.ts';

/** The time left, and what happens then. */
export const GateDeadline = ({ gate: { deadline, policy } }: { gate: Pick<ListedGate, 'deadline' | 'policy'> }) =>
  deadline === null ? (
    <span className="text-quiet">none: it waits</span>
  ) : (
    <>
      <Countdown to={deadline} />
      <span className="text-quiet">
        , then {atDeadline(policy)} (<Instant at={deadline} />)
      </span>
    </>
  );
