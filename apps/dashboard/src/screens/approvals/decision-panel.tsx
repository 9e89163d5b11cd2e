import { ApiError, type Gate } from '@millrace/client';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { GateStatus } from '../../parts/gates/gate-status.tsx';
import { GateDeadline } from '../../parts/gates/gate-time.tsx';
import { decidedBy } from '../../parts/gates/gate-words.ts';
import { Messages } from '../../parts/form/field-frame.tsx';
import { idOf, pathsOf, placeErrors } from '../../parts/form/form-state.ts';
import { focusUnreadable } from '../../parts/form/inputs.tsx';
import { fieldsOf } from '../../parts/form/schema-form.ts';
import { SchemaInputs } from '../../parts/form/schema-inputs.tsx';
import { usePrincipal, useRefusal } from '../../session/session-gate.tsx';
import { useShortcut } from '../../shell/shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Ago, Instant } from '../../ui/times.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import {
  asSentence,
  bodyOf,
  type DecisionDraft,
  missingFor,
  needsNotes,
  NO_DRAFT,
  type Verb,
} from './decision-draft.ts';
import type { Decision } from './use-decision.ts';

/** The decision, or how it was decided. */
export const DecisionPanel = ({ gate, decision }: { gate: Gate; decision: Decision }) =>
  gate.status === 'pending' ? <Pending gate={gate} decision={decision} /> : <Decided gate={gate} />;

const Decided = ({ gate: { status, decision, why_not } }: { gate: Gate }) => (
  <Panel title="Decision">
    <div className="space-y-2 p-4">
      <p>
        <GateStatus status={status} /> {decision === null ? (why_not ?? '') : decidedBy(decision)}
        {decision === null ? null : (
          <>
            , <Ago at={decision.at} />{' '}
            <span className="text-quiet">
              (<Instant at={decision.at} />)
            </span>
          </>
        )}
      </p>
      {decision?.notes ? <Notes>{decision.notes}</Notes> : null}
      {decision?.values === null || decision?.values === undefined ? null : (
        <div>
          <h3 className="mb-1 font-medium">Values</h3>
          <JsonTree value={decision.values} label="Values of the decision" open={2} />
        </div>
      )}
    </div>
  </Panel>
);

/** Of people: text, whatever is in it. */
export const Notes = ({ children }: { children: ReactNode }) => (
  <blockquote className="border-l-4 border-line pl-3 wrap-anywhere whitespace-pre-wrap">{children}</blockquote>
);

const Pending = ({ gate, decision }: { gate: Gate; decision: Decision }) => {
  const box = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<DecisionDraft>(NO_DRAFT);
  const [asking, setAsking] = useState<Verb | null>(null);
  /** What is missing, or what the API refused. */
  const [problem, setProblem] = useState<unknown>(null);
  const { name } = usePrincipal();
  const voted = gate.votes.some(({ by }) => by.name === name);
  const role = useRefusal('operator');
  const stale = decision.isStale ? 'What is shown has changed: look at it again first.' : null;
  const refusal = role ?? (gate.why_not === null ? stale : asSentence(gate.why_not));
  const fields = useMemo(() => (gate.form === null ? 'none' : fieldsOf(gate.form)), [gate.form]);
  const errors = useMemo(
    () =>
      placeErrors(errorsOf(problem), [
        'notes',
        'values',
        ...(fields === 'none' ? [] : pathsOf(fields ?? [], draft.values, 'values')),
      ]),
    [problem, fields, draft.values],
  );
  useEffect(() => {
    if (errors.first !== null) document.getElementById(idOf(errors.first))?.focus();
  }, [problem, errors.first]);

  const ask = (verb: Verb): void => {
    if (focusUnreadable(box.current)) return;
    const missing = missingFor(verb, draft, gate);
    setProblem(missing === null ? null : [missing]);
    if (missing === null) setAsking(verb);
  };
  const approve = refusal ?? (voted ? 'You have approved it already.' : null);
  useShortcut('a', 'Approve, after a confirmation', approve === null ? () => ask('approve') : null);
  useShortcut('r', 'Reject, after a confirmation', refusal === null ? () => ask('reject') : null);
  return (
    <Panel title="Decision">
      <form ref={box} noValidate onSubmit={(event) => event.preventDefault()} className="space-y-4 p-4">
        <p>
          <span className="text-faint">Deadline </span>
          <GateDeadline gate={gate} />
        </p>
        {fields === 'none' ? null : (
          <SchemaInputs
            title="Values"
            path="values"
            fields={fields}
            presets={{}}
            value={draft.values}
            errors={errors.at}
            onChange={(values) => setDraft((before) => ({ ...before, values }))}
          />
        )}
        <NotesInput
          gate={gate}
          notes={draft.notes}
          messages={errors.at.get('notes') ?? []}
          onChange={(notes) => setDraft((before) => ({ ...before, notes }))}
        />
        {refusal === null ? null : <p className="text-quiet">{refusal}</p>}
        <Refused problem={problem} leftOver={errors.leftOver} />
        <div className="flex flex-wrap gap-2">
          <Button kind="primary" refusal={approve} aria-keyshortcuts="a" onClick={() => ask('approve')}>
            Approve
          </Button>
          <Button kind="danger" refusal={refusal} aria-keyshortcuts="r" onClick={() => ask('reject')}>
            Reject
          </Button>
          {voted ? (
            <Button refusal={role} onClick={() => ask('withdraw')}>
              Withdraw my approval
            </Button>
          ) : null}
        </div>
      </form>
      {asking === null ? null : (
        <ConfirmDialog
          gate={gate}
          verb={asking}
          draft={draft}
          shownDigest={decision.seen}
          refusal={asking === 'withdraw' ? role : refusal}
          send={(key) =>
            decision.send(asking, bodyOf(asking, draft, { shownDigest: decision.seen, fields, kind: gate.kind }), key)
          }
          onDone={() => setAsking(null)}
          onRefused={(error) => {
            setAsking(null);
            setProblem(error);
          }}
        />
      )}
    </Panel>
  );
};

const errorsOf = (problem: unknown): readonly { readonly path: string; readonly message: string }[] =>
  problem instanceof ApiError ? problem.errors : Array.isArray(problem) ? problem : [];

/** What is not beside a field. */
const Refused = ({
  problem,
  leftOver,
}: {
  problem: unknown;
  leftOver: readonly { path: string; message: string }[];
}) => {
  if (!(problem instanceof ApiError)) return null;
  if (problem.errors.length > 0 && leftOver.length === 0)
    return <Notice tone="bad" title="Not decided: see the fields above" />;
  return <Notice tone="bad" title="Not decided" error={problem} />;
};

const NotesInput = ({
  gate,
  notes,
  messages,
  onChange,
}: {
  gate: Gate;
  notes: string;
  messages: readonly string[];
  onChange: (notes: string) => void;
}) => (
  <div className="space-y-1">
    <label htmlFor={idOf('notes')} className="font-medium">
      Notes{' '}
      <span className="font-normal text-quiet">
        ({needsNotes('approve', gate) ? 'required' : needsNotes('reject', gate) ? 'required to reject' : 'optional'})
      </span>
    </label>
    <textarea
      id={idOf('notes')}
      aria-describedby={`${idOf('notes')}-errors`}
      aria-invalid={messages.length > 0 || undefined}
      rows={3}
      value={notes}
      onChange={(event) => onChange(event.target.value)}
      className={`${FIELD_LOOK} w-full [field-sizing:content]`}
    />
    <Messages id={`${idOf('notes')}-errors`} messages={messages} />
  </div>
);
