/** What the reader decides at a gate, before it is sent. Pure. */
import type { Gate, GateDecisionBody } from '@millrace/client';
import { completed, isGiven } from '../../parts/form/form-state.ts';
import type { Field } from '../../parts/form/schema-form.ts';

/** What the page offers. */
export type Verb = 'approve' | 'reject' | 'withdraw';

export interface DecisionDraft {
  readonly notes: string;
  /** Of the gate's form. */
  readonly values: unknown;
}

export const NO_DRAFT: DecisionDraft = { notes: '', values: {} };

/** The request. `shownDigest`: of what the reader has looked at. */
export const bodyOf = (
  verb: Verb,
  { notes, values }: DecisionDraft,
  { shownDigest, fields, kind }: { shownDigest: string; fields: readonly Field[] | null | 'none'; kind: Gate['kind'] },
): GateDecisionBody => ({
  shown_digest: shownDigest,
  ...(verb === 'withdraw' || notes.trim() === '' ? {} : { notes: notes.trim() }),
  ...(verb === 'approve' && fields !== 'none' ? valuesOf(values, fields, kind) : {}),
});

const valuesOf = (
  values: unknown,
  fields: readonly Field[] | null,
  kind: Gate['kind'],
): Pick<GateDecisionBody, 'values'> => {
  // A result is approved as it is unless the reader has set something.
  if (values === undefined || (kind === 'result' && isGiven(values) && Object.keys(values).length === 0)) return {};
  const given = isGiven(values) ? completed(fields ?? [], values, {}) : values;
  return { values: given as NonNullable<GateDecisionBody['values']> };
};

/** Whether the verb cannot be sent without notes. */
export const needsNotes = (verb: Verb, { policy: { notes } }: Pick<Gate, 'policy'>): boolean =>
  verb !== 'withdraw' && (notes === 'always' || (notes === 'on_reject' && verb !== 'approve'));

/** What is missing before the verb can be confirmed; null: nothing. */
export const missingFor = (
  verb: Verb,
  { notes }: DecisionDraft,
  gate: Pick<Gate, 'policy'>,
): { readonly path: 'notes'; readonly message: string } | null =>
  needsNotes(verb, gate) && notes.trim() === ''
    ? { path: 'notes', message: verb === 'approve' ? 'This gate asks for notes' : 'Say why: this gate asks for notes' }
    : null;

/** A sentence of the API as one of its own: "the gate is …" -> "The gate is ….". */
export const asSentence = (words: string): string =>
  `${words[0]?.toUpperCase() ?? ''}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`;
