import { validateForm } from '../definition/index.ts';
import {
  type Gate,
  gateKeyOf,
  type JsonSchema,
  LIMITS,
  MillraceError,
  sayClosed,
  whyNotDecide,
} from '../domain/index.ts';
import type { DecideGate, GateAnswer, Store } from '../ports/index.ts';
import { toInstant, toInstantOrNull } from '../wire/index.ts';
import { expandFully } from './cancel-run.ts';

export interface GateRequest extends Omit<DecideGate, 'gateId' | 'shownDigest' | 'backTo'> {
  readonly gateId: string;
  /** Null: it decides on what is shown now. */
  readonly shownDigest: string | null;
}

/**
 * Decides at a gate, votes or takes the vote back; the gate as it is then.
 * @throws MillraceError `unknown_gate`; `gate_closed` with who and when; `gate_changed` with the current digest;
 * `not_an_approver`; `gate_waits`; `notes_required`; `too_large`; `invalid_request` for values that do not fit;
 * `illegal_transition` when there is no vote to take back
 */
export const decideGate = async (store: Store, request: GateRequest): Promise<Gate> => {
  const gate = await gateWithId(store, request.gateId);
  checkSizes(request);
  // One that is closed answers so, whatever else is wrong.
  const values = gate.status === 'pending' ? checkedValues(gate, request) : null;
  const answer = await store.decideGate({
    gateId: gate.gateId,
    verb: request.verb,
    by: request.by,
    shownDigest: request.shownDigest ?? gate.shownDigest,
    notes: request.notes === '' ? null : request.notes,
    values,
    backTo: null,
    commandId: request.commandId,
  });
  if (answer.kind !== 'decided' && answer.kind !== 'voted') throw await refusalOf(store, answer, request);
  await expandFully(store, answer.more);
  return answer.gate;
};

/** @throws MillraceError `unknown_gate` */
export const gateWithId = async (store: Pick<Store, 'gate'>, id: string): Promise<Gate> => {
  const key = gateKeyOf(id);
  const gate = key && (await store.gate(id as Gate['gateId']));
  if (gate === null) throw unknownGate(id);
  return gate;
};

export const unknownGate = (id: string): MillraceError =>
  new MillraceError('unknown_gate', `there is no gate "${id.slice(0, 130)}"`);

const wrong = (path: string, message: string): MillraceError =>
  new MillraceError('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] });

const checkSizes = ({ notes, values }: GateRequest): void => {
  const sizes = [
    { path: 'notes', bytes: Buffer.byteLength(notes ?? ''), limit: 'gate_notes_bytes' },
    { path: 'values', bytes: Buffer.byteLength(JSON.stringify(values ?? null)), limit: 'gate_values_bytes' },
  ] as const;
  for (const { path, bytes, limit } of sizes)
    if (bytes > LIMITS[limit]) {
      const message = `has ${bytes} bytes; the limit ${limit} is ${LIMITS[limit]}`;
      throw new MillraceError('too_large', `${path}: ${message}`, { errors: [{ path, message }] });
    }
};

const checkedValues = ({ kind, definition: { form } }: Gate, { verb, values }: GateRequest): unknown => {
  if (verb !== 'approve' && values !== null) throw wrong('values', 'only an approval has values');
  if (verb !== 'approve') return null;
  if (form === null && values !== null) throw wrong('values', 'the gate has no form');
  // On a result, an approval without values leaves it as it is.
  const isNone = form === null || (values === null && kind === 'result');
  return isNone ? null : validateForm(form as JsonSchema, values ?? {});
};

type Refused = Exclude<GateAnswer, { readonly kind: 'decided' | 'voted' }>;

const refusalOf = async (store: Store, answer: Refused, { gateId, by, verb }: GateRequest): Promise<MillraceError> => {
  if (answer.kind === 'unknown') return unknownGate(gateId);
  const { gate } = answer;
  const extra = { gate_id: gate.gateId };
  switch (answer.kind) {
    case 'changed':
      return new MillraceError(
        'gate_changed',
        'the gate does not show what this decision is about: look at it again, and decide on what it shows now',
        { extra: { ...extra, shown_digest: gate.shownDigest } },
      );
    case 'not_an_approver': {
      const { roles, approvers, starterMayApprove } = gate.definition;
      return new MillraceError(
        'not_an_approver',
        whyNotDecide(gate, by, await store.now()) ?? 'the gate is for others to decide',
        { extra: { ...extra, roles, approvers, starter_may_approve: starterMayApprove } },
      );
    }
    case 'no_vote':
      return new MillraceError('illegal_transition', `${by.name} has no vote at this gate to take back`, { extra });
    case 'notes_needed': {
      const message = `this gate asks for notes when you ${verb === 'approve' ? 'approve' : 'do not approve'}`;
      return new MillraceError('notes_required', message, { errors: [{ path: 'notes', message }], extra });
    }
    case 'waits':
      return new MillraceError('gate_waits', `the gates of ${answer.for.join(', ')} must be approved first`, {
        extra: { ...extra, stages: answer.for },
      });
    default:
      return closed(gate);
  }
};

const closed = (gate: Gate): MillraceError => {
  const { decision, status, gateId } = gate;
  const at = decision === null ? '' : ` at ${toInstant(decision.at)}`;
  return new MillraceError('gate_closed', `${sayClosed(gate)}${at}`, {
    extra: {
      gate_id: gateId,
      gate_status: status,
      decided_by: decision?.by?.name ?? null,
      decided_via: decision?.via ?? null,
      decided_at: toInstantOrNull(decision?.at ?? null),
    },
  });
};
