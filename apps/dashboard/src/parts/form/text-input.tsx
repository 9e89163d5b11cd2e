import { FIELD_LOOK } from '../../ui/field-look.ts';
import { TextBox } from '../../ui/text-box.tsx';
import { describedBy } from './field-frame.tsx';
import type { FieldProps } from './field-props.ts';
import type { Field } from './schema-form.ts';

/** Empty text counts as not set. */
export const TextInput = (props: FieldProps<Field & { kind: 'text' }>) => {
  const { field, value, fallback, onChange } = props;
  const shared = {
    ...describedBy(props),
    value: value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value),
    placeholder: typeof fallback === 'string' ? fallback : field.example,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value === '' ? undefined : event.target.value),
    className: `${FIELD_LOOK} ${field.input === 'date' ? 'w-48' : 'w-full'} placeholder:text-faint`,
    autoComplete: 'off',
    spellCheck: false,
  };
  if (field.long) return <textarea {...shared} rows={4} />;
  return field.input === 'text' ? <TextBox {...shared} /> : <input {...shared} type={field.input} />;
};
