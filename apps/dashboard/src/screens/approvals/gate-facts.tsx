import type { Gate } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../api.ts';
import { approversOf, kindWords } from '../../parts/gates/gate-words.ts';
import { useWaitingGates } from '../../parts/gates/use-waiting-gates.ts';
import { useNow } from '../../live/server-clock.ts';
import { useShortcut } from '../../shell/shortcuts.ts';
import { Panel } from '../../ui/panel.tsx';
import { Ago, Elapsed, Instant } from '../../ui/times.tsx';
import { Notes } from './decision-panel.tsx';

/** Who may decide, who has, since when it waits, and what comes next. */
export const GateFacts = ({ gate }: { gate: Gate }) => {
  const { policy, votes, starter, opened_at, decision, next_stages, waits_for } = gate;
  const approvers = approversOf(gate, useNow());
  return (
    <Panel title="About this gate">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 p-4">
        {gate.kind === 'stage' ? null : <Fact name="Asks">{kindWords(gate.kind)}</Fact>}
        <Fact name="Opened">
          <Instant at={opened_at} />
        </Fact>
        <Fact name={decision === null ? 'Waits for' : 'Waited'}>
          <Elapsed from={Date.parse(opened_at)} to={decision === null ? null : Date.parse(decision.at)} />
        </Fact>
        {starter === null ? null : <Fact name="Run by">{starter}</Fact>}
        <Fact name="May decide">
          {approvers.join(', or ')}
          {policy.starter_may_approve ? '' : ', but not who started the run'}
        </Fact>
        {policy.quorum === 1 && votes.length === 0 ? null : (
          <Fact name="Approvals">
            {votes.length} of {policy.quorum}
          </Fact>
        )}
        {waits_for.length === 0 ? null : <Fact name="First">the gates of {waits_for.join(', ')}</Fact>}
        <Fact name="Lets run">{next_stages.length === 0 ? 'nothing more' : next_stages.join(', ')}</Fact>
        {policy.escalate.map(({ after_ms, notify, add_approvers }) => (
          <Fact key={after_ms} name="Reminder">
            <Instant at={Date.parse(opened_at) + after_ms} />
            {notify === null ? '' : ` to ${notify}`}
            {add_approvers.length === 0 ? '' : `; then ${add_approvers.join(', ')} may decide, too`}
          </Fact>
        ))}
        <Fact name="Digest">
          <code title={gate.shown_digest}>{gate.shown_digest.slice(0, 12)}</code>
        </Fact>
      </dl>
      {votes.length === 0 ? null : (
        <ul aria-label="Approvals so far" className="space-y-2 border-t border-line p-4">
          {votes.map(({ by, at, notes }) => (
            <li key={by.name}>
              {by.name} approved, <Ago at={at} />
              {notes === null ? null : <Notes>{notes}</Notes>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
};

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-faint">{name}</dt>
    <dd className="min-w-0 wrap-anywhere">{children}</dd>
  </>
);

/** Once this one is decided: the gate of the same stage that asks now, else the one that waits longest. */
export const NextGate = ({ gate: { gate_id, run_id, stage, status } }: { gate: Gate }) => {
  const navigate = useNavigate();
  const enabled = status !== 'pending';
  const same = useWaitingGates(run_id, { at: status, enabled }).get(stage);
  const { data } = useQuery({
    queryKey: ['gates', 'all', 'next'],
    queryFn: async ({ signal }) => (await api.gates({ mine: 'true', limit: 2 }, signal)).items,
    enabled,
  });
  const waiting = data?.find((one) => one.gate_id !== gate_id);
  const next = enabled ? (same?.gate_id ?? waiting?.gate_id ?? null) : null;
  useShortcut(
    'n',
    'Go to the next gate that waits',
    next === null ? null : () => void navigate({ to: '/approvals/$gateId', params: { gateId: next } }),
  );
  if (next === null) return null;
  return (
    <Link
      to="/approvals/$gateId"
      params={{ gateId: next }}
      className="inline-flex min-h-8 items-center rounded-md border border-line bg-panel px-3 py-1 font-medium hover:bg-raised"
    >
      {same === undefined ? `Next: ${waiting?.stage} of ${waiting?.pipeline}` : 'See what it asks now'}
    </Link>
  );
};
