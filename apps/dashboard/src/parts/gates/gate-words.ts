/** Gates in words. Pure. */
import type { ListedGate } from '@millrace/client';

type Status = ListedGate['status'];
type Decision = Pick<NonNullable<ListedGate['decision']>, 'by' | 'via'>;

/** Each state has a word; its tone is a text colour. */
export const GATE_WORDS: Readonly<Record<Status, { readonly word: string; readonly tone: string }>> = {
  pending: { word: 'waits for a decision', tone: 'text-ask' },
  approved: { word: 'approved', tone: 'text-good' },
  rejected: { word: 'rejected', tone: 'text-bad' },
  changes_requested: { word: 'changes requested', tone: 'text-warn' },
  expired: { word: 'expired', tone: 'text-bad' },
  superseded: { word: 'superseded', tone: 'text-off' },
  closed: { word: 'closed with its run', tone: 'text-off' },
};

/** "by ann", "by its deadline", "by its own rule"; "" if that says nothing. */
export const decidedBy = ({ by, via }: Decision): string =>
  by === null ? { person: '', deadline: 'by its deadline', auto: 'by its own rule', run: '' }[via] : `by ${by.name}`;

const AT_DEADLINE = { approve: 'it is approved', reject: 'it is rejected', fail: 'the stage fails' } as const;

/** What happens when the deadline passes; "" without one. */
export const atDeadline = ({ on_timeout }: Pick<ListedGate['policy'], 'on_timeout'>): string =>
  on_timeout === null ? '' : AT_DEADLINE[on_timeout];

const KINDS: Readonly<Record<ListedGate['kind'], string>> = {
  start: 'before it runs',
  result: 'on its result',
  stage: '',
};
/** When the gate asks; "" for a stage that is nothing but a gate. */
export const kindWords = (kind: ListedGate['kind']): string => KINDS[kind];

/** "role operator or higher", "ann or bob": who may decide. `now`: ms since the epoch. */
export const approversOf = (
  { policy, opened_at }: Pick<ListedGate, 'policy' | 'opened_at'>,
  now: number,
): readonly string[] => {
  const added = policy.escalate
    .filter(({ after_ms }) => Date.parse(opened_at) + after_ms <= now)
    .flatMap(({ add_approvers }) => add_approvers);
  return [
    ...policy.roles.map((role) => `the role ${role}${role === 'admin' ? '' : ' or higher'}`),
    ...new Set([...policy.approvers, ...added]),
  ];
};

/** The run that a gate's id names. */
export const runOfGate = (gateId: string): string => gateId.split('.')[0]!;
