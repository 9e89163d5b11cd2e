import { useState } from 'react';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { describedBy } from './field-frame.tsx';
import { jsonTyped } from './field-values.ts';
import type { FieldProps } from './field-props.ts';

/** A JSON value as text. Invalid JSON cannot be sent: `data-not-json` keeps the form from submitting. */
export const JsonInput = (props: FieldProps & { placeholder: string; rows?: number }) => {
  const { value, onChange, placeholder, rows = 4 } = props;
  const [text, setText] = useState(() => textOf(value));
  const typed = jsonTyped(text);
  // Keeps the typed text while it means the same value; shows the value if it changed elsewhere.
  const shown = !typed.ok || means(typed.value, value) ? text : textOf(value);
  const { 'aria-describedby': describes, ...described } = describedBy(props);
  return (
    <>
      <textarea
        {...described}
        aria-describedby={`${describes} ${described.id}-json`}
        aria-invalid={!typed.ok || described['aria-invalid']}
        data-not-json={typed.ok ? undefined : ''}
        rows={rows}
        value={shown}
        placeholder={placeholder}
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          const next = jsonTyped(event.target.value);
          if (next.ok) onChange(next.value);
        }}
        className={`${FIELD_LOOK} w-full font-mono placeholder:text-faint`}
      />
      <p id={`${described.id}-json`} aria-live="polite" className="font-medium text-bad">
        {typed.ok ? '' : typed.message}
      </p>
    </>
  );
};

const textOf = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value, null, 2));

/** In a list, empty text can stand for null. */
const means = (typed: unknown, value: unknown): boolean => (typed === undefined ? (value ?? null) === null : JSON.stringify(typed) === JSON.stringify(value));
