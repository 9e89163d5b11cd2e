import { type ComponentType, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { blankOf } from './field-values.ts';
import type { FieldProps } from './field-props.ts';
import { JsonInput } from './json-input.tsx';
import type { Field } from './schema-form.ts';

/** A list of `Entry` fields. A list that still has its default is copied on the first change. */
export const ListInput = ({ Entry, ...props }: FieldProps<Field & { kind: 'list' }> & { Entry: ComponentType<FieldProps> }) => {
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
              <Entry
                field={{ ...field.item, title: `${field.title} ${index + 1}`, name: String(index), required: false }}
                path={`${path}.${index}`}
                value={entry}
                fallback={undefined}
                errors={errors}
                onChange={(next) => onChange(entries.map((old, at) => (at === index ? (next === undefined ? blankOf(field.item) : next) : old)))}
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
