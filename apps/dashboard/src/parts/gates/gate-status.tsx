import type { ListedGate } from '@millrace/client';
import { StatusIcon } from '../../ui/status-mark.tsx';
import { GATE_WORDS } from './gate-words.ts';

const ICONS = {
  pending: 'awaiting_gate',
  approved: 'succeeded',
  rejected: 'failed',
  changes_requested: 'retrying',
  expired: 'failed',
  superseded: 'skipped',
  closed: 'cancelled',
} as const;

/** The state of a gate: a sign and its word. */
export const GateStatus = ({ status }: { status: ListedGate['status'] }) => (
  <span className={`inline-flex items-center gap-1.5 font-medium whitespace-nowrap ${GATE_WORDS[status].tone}`}>
    <StatusIcon status={ICONS[status]} />
    {GATE_WORDS[status].word}
  </span>
);
