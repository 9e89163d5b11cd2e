import type { Pipeline } from '@millrace/client';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { type Errors, Messages } from './field-frame.tsx';
import { FieldView } from './field-view.tsx';
import { idOf, isGiven, presetsOf, withValue } from './form-state.ts';
import { JsonInput } from './inputs.tsx';
import type { Field } from './schema-form.ts';

interface ParamsProps {
  readonly pipeline: Pipeline;
  /** Null: the schema names none. */
  readonly fields: readonly Field[] | null;
  readonly mode: string | null;
  readonly params: unknown;
  readonly errors: Errors;
  readonly onChange: (params: unknown) => void;
}

/** The params as a form, or as the JSON sent to the API. */
export const ParamsPanel = (props: ParamsProps) => {
  const { pipeline, fields, params } = props;
  const [raw, setRaw] = useState(false);
  if (pipeline.params === null) return <p className="text-quiet">This pipeline takes no params.</p>;
  const inJson = raw || fields === null;
  const toForm = !isGiven(params) ? 'The form can only show an object' : null;
  return (
    <Panel
      title="Params"
      actions={
        fields === null ? null : (
          <Button kind="quiet" refusal={inJson ? toForm : null} onClick={() => setRaw(!raw)}>
            {inJson ? 'As a form' : 'As JSON'}
          </Button>
        )
      }
    >
      <div className="p-4">{inJson ? <WholeInJson {...props} /> : <Fields {...props} fields={fields} />}</div>
    </Panel>
  );
};

const Fields = ({ pipeline, fields, mode, params, errors, onChange }: ParamsProps & { fields: readonly Field[] }) => {
  const given = isGiven(params) ? params : {};
  const presets = presetsOf(pipeline, mode);
  return (
    <div className="space-y-5">
      {fields.map((field) => (
        <FieldView
          key={field.name}
          field={field}
          path={`params.${field.name}`}
          value={given[field.name]}
          fallback={Object.hasOwn(presets, field.name) ? presets[field.name] : field.fallback}
          errors={errors}
          onChange={(value) => onChange(withValue(given, field.name, value))}
        />
      ))}
    </div>
  );
};

const WHOLE: Field = {
  kind: 'json',
  name: 'params',
  title: 'Params as JSON',
  description: '',
  required: false,
  fallback: undefined,
  nullable: false,
  limits: '',
};

const WholeInJson = ({ params, errors, onChange }: ParamsProps) => (
  <>
    <label htmlFor={idOf('params')} className="font-medium">
      Params as JSON
    </label>
    <JsonInput
      field={WHOLE}
      path="params"
      value={params}
      fallback={undefined}
      errors={errors}
      onChange={onChange}
      placeholder="{}"
      rows={12}
    />
    <div id={`${idOf('params')}-errors`} aria-live="polite" className="font-medium text-bad">
      {[...errors].flatMap(([path, messages]) =>
        path.startsWith('params') ? messages.map((message) => <p key={path + message}>{`${path}: ${message}`}</p>) : [],
      )}
    </div>
  </>
);

/** Select for the mode; shown if the pipeline has modes, or if a removed one is selected. */
export const ModeInput = ({
  pipeline,
  mode,
  messages,
  onChange,
}: {
  pipeline: Pipeline;
  mode: string | null;
  messages: readonly string[];
  onChange: (mode: string | null) => void;
}) => {
  const names = [...new Set([...Object.keys(pipeline.modes), ...(mode === null ? [] : [mode])])];
  if (names.length === 0) return null;
  return (
    <div className="space-y-1">
      <label htmlFor={idOf('mode')} className="mr-2 font-medium">
        Mode
      </label>
      <select
        id={idOf('mode')}
        aria-describedby={`${idOf('mode')}-says`}
        value={mode ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        className={FIELD_LOOK}
      >
        <option value="">none</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <p id={`${idOf('mode')}-says`} className="text-quiet">
        {mode === null ? 'A mode presets params and may select stages.' : `Its params are the defaults below.`}
      </p>
      <Messages id={`${idOf('mode')}-errors`} messages={messages} />
    </div>
  );
};

/** A subset of the stages; dependencies outside of it count as met. */
export const StagesInput = ({
  pipeline,
  mode,
  stages,
  messages,
  onChange,
}: {
  pipeline: Pipeline;
  mode: string | null;
  stages: readonly string[] | null;
  messages: readonly string[];
  onChange: (stages: readonly string[] | null) => void;
}) => {
  const all = pipeline.stages.map(({ name }) => name);
  const preset = mode === null ? all : (pipeline.modes[mode]?.stages ?? all);
  const chosen = new Set(stages ?? preset);
  const toggle = (name: string, on: boolean): void =>
    onChange(all.filter((one) => (one === name ? on : chosen.has(one))));
  return (
    <details className="rounded-lg border border-line bg-panel" open={messages.length > 0 || undefined}>
      <summary className="px-4 py-2 font-medium">
        Stages{' '}
        <span className="font-normal text-quiet">
          {stages === null
            ? preset === all
              ? `all ${all.length}`
              : `${preset.length} of ${all.length}, set by the mode`
            : `${chosen.size} of ${all.length} selected`}
        </span>
      </summary>
      <fieldset id={idOf('stages')} tabIndex={-1} className="border-t border-line p-4">
        <legend className="sr-only">Stages to run</legend>
        <p className="mb-2 text-quiet">Only these run. Dependencies on other stages count as met.</p>
        <div className="mb-2 flex gap-3">
          <button type="button" className="text-accent underline" onClick={() => onChange(null)}>
            As {preset === all ? 'the pipeline' : 'the mode'} has it
          </button>
          <button type="button" className="text-accent underline" onClick={() => onChange([])}>
            None
          </button>
        </div>
        <ul className="grid max-h-72 gap-x-4 overflow-auto sm:grid-cols-2" tabIndex={0} aria-label="Stages">
          {all.map((name) => (
            <li key={name}>
              <label className="flex items-center gap-2 py-0.5">
                <input
                  type="checkbox"
                  checked={chosen.has(name)}
                  onChange={(event) => toggle(name, event.target.checked)}
                />
                {name}
              </label>
            </li>
          ))}
        </ul>
        <Messages id={`${idOf('stages')}-errors`} messages={messages} />
      </fieldset>
    </details>
  );
};
