import type { Pipeline } from '@millrace/client';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { Errors } from './field-props.ts';
import { FieldView } from './field-view.tsx';
import { isGiven, withValue } from './field-values.ts';
import { JsonInput } from './json-input.tsx';
import { type Field } from './schema-form.ts';
import { presetsOf } from './start-draft.ts';
import { idOf } from './placed-errors.ts';

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
    <JsonInput field={WHOLE} path="params" value={params} fallback={undefined} errors={errors} onChange={onChange} placeholder="{}" rows={12} />
    <div id={`${idOf('params')}-errors`} aria-live="polite" className="font-medium text-bad">
      {[...errors].flatMap(([path, messages]) =>
        path.startsWith('params') ? messages.map((message) => <p key={path + message}>{`${path}: ${message}`}</p>) : [],
      )}
    </div>
  </>
);
