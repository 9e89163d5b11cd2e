import { FIELD_LOOK } from '../../ui/field-look.ts';
import { describedBy } from './field-frame.tsx';
import { inOneLine } from './field-values.ts';
import type { FieldProps } from './field-props.ts';
import type { Field } from './schema-form.ts';

/** Options are identified by index: they may be numbers, null or objects. */
export const ChoiceInput = (props: FieldProps<Field & { kind: 'choice' }>) => {
  const { field, value, fallback, onChange } = props;
  const texts = field.options.map((option) => JSON.stringify(option));
  const chosen = value === undefined ? -1 : texts.indexOf(JSON.stringify(value));
  const stray = value !== undefined && chosen < 0;
  return (
    <select
      {...describedBy(props)}
      value={stray ? 'stray' : chosen < 0 ? '' : String(chosen)}
      onChange={(event) => onChange(event.target.value === '' ? undefined : field.options[Number(event.target.value)])}
      className={`${FIELD_LOOK} max-w-full`}
    >
      <option value="">{fallback !== undefined ? `default (${inOneLine(fallback)})` : field.required ? 'choose…' : 'not set'}</option>
      {stray ? <option value="stray">{inOneLine(value)}</option> : null}
      {field.options.map((option, index) => (
        <option key={texts[index]} value={String(index)}>
          {inOneLine(option)}
        </option>
      ))}
    </select>
  );
};
