import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { Errors } from './field-frame.tsx';
import { FieldView } from './field-view.tsx';
import { idOf, isGiven, withValue } from './form-state.ts';
import { JsonInput } from './inputs.tsx';
import type { Field } from './schema-form.ts';

interface SchemaInputsProps {
  readonly title: string;
  /** What the API calls the value: "params". */
  readonly path: string;
  /** Null: the schema names none. */
  readonly fields: readonly Field[] | null;
  /** Win over the defaults of the schema. */
  readonly presets: Readonly<Record<string, unknown>>;
  readonly value: unknown;
  readonly errors: Errors;
  readonly onChange: (value: unknown) => void;
}

/** The value of a schema as a form, or as the JSON sent to the API. */
export const SchemaInputs = (props: SchemaInputsProps) => {
  const { title, fields, value } = props;
  const [raw, setRaw] = useState(false);
  const inJson = raw || fields === null;
  const toForm = !isGiven(value) ? 'The form can only show an object' : null;
  return (
    <Panel
      title={title}
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

const Fields = ({
  path,
  fields,
  presets,
  value,
  errors,
  onChange,
}: SchemaInputsProps & { fields: readonly Field[] }) => {
  const given = isGiven(value) ? value : {};
  return (
    <div className="space-y-5">
      {fields.map((field) => (
        <FieldView
          key={field.name}
          field={field}
          path={`${path}.${field.name}`}
          value={given[field.name]}
          fallback={Object.hasOwn(presets, field.name) ? presets[field.name] : field.fallback}
          errors={errors}
          onChange={(next) => onChange(withValue(given, field.name, next))}
        />
      ))}
    </div>
  );
};

const WHOLE = {
  kind: 'json',
  description: '',
  required: false,
  fallback: undefined,
  nullable: false,
  limits: '',
} as const satisfies Partial<Field>;

const WholeInJson = ({ title, path, value, errors, onChange }: SchemaInputsProps) => {
  const label = `${title} as JSON`;
  return (
    <>
      <label htmlFor={idOf(path)} className="font-medium">
        {label}
      </label>
      <JsonInput
        field={{ ...WHOLE, name: path, title: label }}
        path={path}
        value={value}
        fallback={undefined}
        errors={errors}
        onChange={onChange}
        placeholder="{}"
        rows={12}
      />
      <div id={`${idOf(path)}-errors`} aria-live="polite" className="font-medium text-bad">
        {[...errors].flatMap(([at, messages]) =>
          at.startsWith(path) ? messages.map((message) => <p key={at + message}>{`${at}: ${message}`}</p>) : [],
        )}
      </div>
    </>
  );
};
