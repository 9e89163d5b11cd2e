import { useId } from 'react';
import { ChoiceInput } from './choice-input.tsx';
import { FieldFrame } from './field-frame.tsx';
import type { FieldProps } from './field-props.ts';
import { inOneLine, isGiven, withValue } from './field-values.ts';
import { JsonInput } from './json-input.tsx';
import { ListInput } from './list-input.tsx';
import { NumberInput } from './number-input.tsx';
import type { Field } from './schema-form.ts';
import { SwitchInput } from './switch-input.tsx';
import { TextInput } from './text-input.tsx';

/** A field with its label, hints and errors. */
export const FieldView = (props: FieldProps) => {
  const { field, fallback, value, onChange } = props;
  const resettable = value !== undefined && fallback !== undefined;
  return (
    <FieldFrame {...props} {...(resettable ? { onReset: () => onChange(undefined) } : {})}>
      {field.nullable ? <OrNull {...props} /> : <Input {...props} />}
    </FieldFrame>
  );
};

const OrNull = (props: FieldProps) => {
  const id = useId();
  const isNull = (props.value === undefined ? props.fallback : props.value) === null;
  return (
    <div className="space-y-1">
      {isNull ? null : <Input {...props} />}
      <label htmlFor={id} className="flex items-center gap-2 text-quiet">
        <input id={id} type="checkbox" checked={isNull} onChange={(event) => props.onChange(event.target.checked ? null : undefined)} />
        nothing (null){props.field.title === '' ? '' : <span className="sr-only"> for {props.field.title}</span>}
      </label>
    </div>
  );
};

const Input = (props: FieldProps) => {
  const { field } = props;
  switch (field.kind) {
    case 'text':
      return <TextInput {...props} field={field} />;
    case 'number':
      return <NumberInput {...props} />;
    case 'switch':
      return <SwitchInput {...props} />;
    case 'choice':
      return <ChoiceInput {...props} field={field} />;
    case 'list':
      return <ListInput {...props} field={field} Entry={FieldView} />;
    case 'group':
      return <GroupInput {...props} field={field} />;
    case 'json':
      return <JsonInput {...props} placeholder={props.fallback === undefined ? '' : inOneLine(props.fallback)} />;
  }
};

/** A group that still has its default is copied on the first change: the API does not merge within params. */
const GroupInput = ({ field, path, value, fallback, errors, onChange }: FieldProps<Field & { kind: 'group' }>) => {
  const shown = isGiven(value) ? value : isGiven(fallback) ? fallback : {};
  const change = (name: string, next: unknown): void => {
    const after = withValue(shown, name, next);
    onChange(Object.keys(after).length === 0 && !field.required ? undefined : after);
  };
  return (
    <div className="space-y-4">
      {field.fields.map((inner) => (
        <FieldView
          key={inner.name}
          field={inner}
          path={`${path}.${inner.name}`}
          value={shown[inner.name]}
          fallback={inner.fallback}
          errors={errors}
          onChange={(next) => change(inner.name, next)}
        />
      ))}
    </div>
  );
};
