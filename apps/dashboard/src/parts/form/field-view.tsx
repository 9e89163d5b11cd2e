import { useId, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { FieldFrame, type FieldProps } from './field-frame.tsx';
import { blankOf, inOneLine, isGiven, withValue } from './form-state.ts';
import { ChoiceInput, JsonInput, NumberInput, SwitchInput, TextInput } from './inputs.tsx';
import type { Field } from './schema-form.ts';

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
        <input
          id={id}
          type="checkbox"
          checked={isNull}
          onChange={(event) => props.onChange(event.target.checked ? null : undefined)}
        />
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
      return <ListInput {...props} field={field} />;
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

/** A list that still has its default is copied on the first change. */
const ListInput = (props: FieldProps<Field & { kind: 'list' }>) => {
  const { field, path, value, fallback, errors, onChange } = props;
  const [removals, setRemovals] = useState(0);
  const add = useRef<HTMLDivElement>(null);
  const given = value === undefined ? (fallback ?? []) : value;
  if (!Array.isArray(given)) return <JsonInput {...props} placeholder="" />;
  const entries: readonly unknown[] = given;
  const remove = (index: number): void => {
    onChange(entries.filter((_, at) => at !== index));
    setRemovals((before) => before + 1);
    add.current?.querySelector('button')?.focus();
  };
  return (
    <div className="space-y-2">
      {entries.length === 0 ? <p className="text-faint">No entries</p> : null}
      <ol className="space-y-2">
        {entries.map((entry, index) => (
          <li key={`${removals}/${index}`} className="flex items-start gap-2">
            <div className="min-w-0 flex-1">
              <FieldView
                field={{ ...field.item, title: `${field.title} ${index + 1}`, name: String(index), required: false }}
                path={`${path}.${index}`}
                value={entry}
                fallback={undefined}
                errors={errors}
                onChange={(next) =>
                  onChange(
                    entries.map((old, at) => (at === index ? (next === undefined ? blankOf(field.item) : next) : old)),
                  )
                }
              />
            </div>
            <Button kind="quiet" onClick={() => remove(index)}>
              Remove<span className="sr-only"> {`${field.title} ${index + 1}`}</span>
            </Button>
          </li>
        ))}
      </ol>
      <div ref={add}>
        <Button
          refusal={entries.length >= field.atMost ? `No more than ${field.atMost} entries` : null}
          onClick={() => onChange([...entries, blankOf(field.item)])}
        >
          Add an entry<span className="sr-only"> to {field.title}</span>
        </Button>
      </div>
    </div>
  );
};
