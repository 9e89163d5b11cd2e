import type { Run } from '@millrace/core/domain';
import { Link } from '@tanstack/react-router';
import { useWaitingGates, type WaitingGate } from '../../parts/gates/use-waiting-gates.ts';
import { Notice } from '../../ui/notice.tsx';
import { Countdown } from '../../ui/times.tsx';

/** The gates of a live run that wait, by stage. */
export const useGatesOf = (run: Pick<Run, 'runId' | 'stages' | 'finishedAt'>): ReadonlyMap<string, WaitingGate> => {
  const asking = run.stages.filter(({ status }) => status === 'awaiting_gate').map(({ stage }) => stage);
  return useWaitingGates(run.runId, { at: asking.join(' '), enabled: run.finishedAt === null && asking.length > 0 });
};

/** Listed by name; more are counted. */
const NAMED = 5;

/** The gates at which the run waits for people; renders nothing if there are none. */
export const GatesWait = ({ run }: { run: Run }) => {
  const gates = [...useGatesOf(run).values()];
  if (gates.length === 0) return null;
  return (
    <Notice
      tone="plain"
      title={gates.length === 1 ? 'Waits for a decision' : `${gates.length} gates wait for a decision`}
    >
      <ul className="space-y-1">
        {gates.slice(0, NAMED).map(({ gate_id, stage, deadline }) => (
          <li key={gate_id}>
            <Link to="/approvals/$gateId" params={{ gateId: gate_id }} className="font-medium text-accent underline">
              Judge {stage}
            </Link>
            {deadline === null ? null : (
              <>
                , deadline <Countdown to={deadline} />
              </>
            )}
          </li>
        ))}
      </ul>
      {gates.length > NAMED ? <p>and {gates.length - NAMED} more</p> : null}
    </Notice>
  );
};
