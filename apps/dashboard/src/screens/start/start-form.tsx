import { ApiError, type Pipeline, type RunView } from '@millrace/client';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import { Messages } from '../../parts/form/field-frame.tsx';
import { idOf, type LabelRow, pathsOf, placeErrors, requestOf, type StartDraft } from '../../parts/form/form-state.ts';
import { focusUnreadable } from '../../parts/form/inputs.tsx';
import { fieldsOf } from '../../parts/form/schema-form.ts';
import { ModeInput, ParamsPanel, StagesInput } from '../../parts/form/start-inputs.tsx';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { FIELD_LOOK, TextBox } from '../../ui/field.tsx';
import { PlanView, StartRefused, useStart } from './start-answer.tsx';

/** The start form; the API validates it. */
export const StartForm = ({ pipeline, from }: { pipeline: Pipeline; from: RunView | null }) => {
  const navigate = useNavigate();
  const refusal = useRefusal('operator');
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<StartDraft>(() => ({
    params: from?.params ?? {},
    mode: from !== null && from.mode !== null && Object.hasOwn(pipeline.modes, from.mode) ? from.mode : null,
    stages: null,
    labels: rowsOf(from?.labels ?? {}),
    reason: '',
  }));
  const fields = useMemo(() => (pipeline.params === null ? null : fieldsOf(pipeline.params)), [pipeline.params]);
  const start = useStart(pipeline.name);
  const errors = useMemo(
    () =>
      placeErrors(start.error instanceof ApiError ? start.error.errors : [], [
        'mode',
        'params',
        ...pathsOf(fields ?? [], draft.params, 'params'),
        'stages',
        'labels',
        'reason',
      ]),
    [start.error, fields, draft.params],
  );
  useEffect(() => {
    if (errors.first !== null) document.getElementById(idOf(errors.first))?.focus();
  }, [start.error, errors.first]);

  const change = (part: Partial<StartDraft>): void => setDraft((before) => ({ ...before, ...part }));
  const send = (dryRun: boolean): void => {
    if (!focusUnreadable(form.current) && refusal === null)
      start.send(
        requestOf(draft, fields ?? [], pipeline),
        dryRun,
        (run) => void navigate({ to: '/runs/$runId', params: { runId: run.run_id } }),
      );
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send(false);
  };
  return (
    <form ref={form} noValidate onSubmit={submit} className="max-w-3xl space-y-4">
      {from === null ? null : (
        <p className="text-quiet">
          With the params of run <code>{from.run_id}</code>: change what you need.
        </p>
      )}
      <ModeInput
        pipeline={pipeline}
        mode={draft.mode}
        messages={errors.at.get('mode') ?? []}
        onChange={(mode) => change({ mode })}
      />
      <ParamsPanel
        pipeline={pipeline}
        fields={fields}
        mode={draft.mode}
        params={draft.params}
        errors={errors.at}
        onChange={(params) => change({ params })}
      />
      <StagesInput
        pipeline={pipeline}
        mode={draft.mode}
        stages={draft.stages}
        messages={errors.at.get('stages') ?? []}
        onChange={(stages) => change({ stages })}
      />
      <LabelsInput
        rows={draft.labels}
        messages={errors.at.get('labels') ?? []}
        onChange={(labels) => change({ labels })}
      />
      <ReasonInput
        reason={draft.reason}
        messages={errors.at.get('reason') ?? []}
        onChange={(reason) => change({ reason })}
      />
      <StartRefused pipeline={pipeline.name} error={start.error} leftOver={errors.leftOver} />
      <PlanView plan={start.plan} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" kind="primary" busy={start.busy === 'start'} refusal={refusal}>
          Start
        </Button>
        <Button onClick={() => send(true)} busy={start.busy === 'check'} refusal={refusal}>
          Check only
        </Button>
      </div>
    </form>
  );
};

const rowsOf = (labels: Readonly<Record<string, string>>): readonly LabelRow[] =>
  Object.entries(labels).map(([key, value]) => ({ key, value }));

/** Labels: names and values to find the run by. */
const LabelsInput = ({
  rows,
  messages,
  onChange,
}: {
  rows: readonly LabelRow[];
  messages: readonly string[];
  onChange: (rows: readonly LabelRow[]) => void;
}) => {
  const change = (index: number, part: Partial<LabelRow>): void =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  return (
    <fieldset id={idOf('labels')} tabIndex={-1} className="space-y-2 rounded-lg border border-line bg-panel p-4">
      <legend className="px-1 font-medium">Labels</legend>
      {rows.map((row, index) => (
        <div key={index} className="flex flex-wrap items-center gap-2">
          <input
            aria-label={`Name of label ${index + 1}`}
            placeholder="name"
            value={row.key}
            onChange={(event) => change(index, { key: event.target.value })}
            className={`${FIELD_LOOK} w-36 placeholder:text-faint`}
          />
          <input
            aria-label={`Value of label ${index + 1}`}
            placeholder="value"
            value={row.value}
            onChange={(event) => change(index, { value: event.target.value })}
            className={`${FIELD_LOOK} w-44 placeholder:text-faint`}
          />
          <Button kind="quiet" onClick={() => onChange(rows.filter((_, at) => at !== index))}>
            Remove<span className="sr-only"> label {index + 1}</span>
          </Button>
        </div>
      ))}
      <Button onClick={() => onChange([...rows, { key: '', value: '' }])}>Add a label</Button>
      <Messages id={`${idOf('labels')}-errors`} messages={messages} />
    </fieldset>
  );
};

const ReasonInput = ({
  reason,
  messages,
  onChange,
}: {
  reason: string;
  messages: readonly string[];
  onChange: (reason: string) => void;
}) => (
  <div className="space-y-1">
    <label htmlFor={idOf('reason')} className="font-medium">
      Reason <span className="font-normal text-quiet">(kept with the run)</span>
    </label>
    <TextBox
      id={idOf('reason')}
      aria-describedby={`${idOf('reason')}-errors`}
      value={reason}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
      className={`${FIELD_LOOK} w-full`}
    />
    <Messages id={`${idOf('reason')}-errors`} messages={messages} />
  </div>
);
