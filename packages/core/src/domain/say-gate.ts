import { type Gate, type GateActor, type GateDecision, mayDecide } from './gates.ts';

/** Who may decide at the gate: "the role operator or a higher one, or ann or bob". */
export const sayApprovers = ({ definition, openedAt }: Pick<Gate, 'definition' | 'openedAt'>, now: number): string => {
  const { roles, approvers, escalate } = definition;
  const added = escalate.filter(({ after }) => openedAt + after <= now).flatMap(({ addApprovers }) => addApprovers);
  const names = [...new Set([...approvers, ...added])];
  const lowest = roles.length > 0 ? roles.join(' or ') : approvers.length === 0 ? 'operator' : null;
  const ofRole = lowest === null ? [] : [`the role ${lowest}${lowest === 'admin' ? '' : ' or a higher one'}`];
  return [...ofRole, ...(names.length === 0 ? [] : [names.join(' or ')])].join(', or ');
};

/** Why the person may not decide at the gate now, as a sentence; null: they may. */
export const whyNotDecide = (gate: Gate, by: GateActor, now: number): string | null => {
  if (gate.status !== 'pending') return sayClosed(gate);
  if (mayDecide(gate, by, now)) return null;
  if (!gate.definition.starterMayApprove && gate.starter === by.name)
    return `${by.name} started the run, and the gate is for others to decide`;
  return `the gate is decided by ${sayApprovers(gate, now)}; ${by.name} has the role ${by.role}`;
};

const CLOSED = {
  pending: 'waits',
  approved: 'was approved',
  rejected: 'was rejected',
  changes_requested: 'was closed with a request for changes',
  expired: 'expired',
  superseded: 'was closed, because what it showed is made anew',
  closed: 'was closed with its run',
} as const satisfies Readonly<Record<Gate['status'], string>>;

const VIA = {
  person: '',
  deadline: ' by its deadline',
  auto: ' by itself',
  run: '',
} as const satisfies Readonly<Record<GateDecision['via'], string>>;

/** "the gate was approved by ann". */
export const sayClosed = ({ status, decision }: Pick<Gate, 'status' | 'decision'>): string => {
  const who = decision === null ? '' : decision.by === null ? VIA[decision.via] : ` by ${decision.by.name}`;
  return `the gate ${CLOSED[status]}${who}`;
};
