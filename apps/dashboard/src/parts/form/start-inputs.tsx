import type { Pipeline } from '@millrace/client';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { type Errors, Messages } from './field-frame.tsx';
import { idOf, presetsOf } from './form-state.ts';
import type { Field } from './schema-form.ts';
import { SchemaInputs } from './schema-inputs.tsx';

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
export const ParamsPanel = ({ pipeline, fields, mode, params, errors, onChange }: ParamsProps) =>
  pipeline.params === null ? (
    <p className="text-quiet">This pipeline takes no params.</p>
  ) : (
    <SchemaInputs
      title="Params"
      path="params"
      fields={fields}
      presets={presetsOf(pipeline, mode)}
      value={params}
      errors={errors}
      onChange={onChange}
    />
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
