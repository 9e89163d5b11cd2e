import { useState } from 'react';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { describedBy } from './field-frame.tsx';
import { inexactTyped, inOneLine, numberTyped } from './field-values.ts';
import type { FieldProps } from './field-props.ts';

/**
 * A text box instead of a number input, which would hide invalid text and silently take the default. Numbers that would
 * change when sent are rejected: `data-not-json` keeps the form from submitting.
 */
export const NumberInput = (props: FieldProps) => {
  const { value, fallback, onChange } = props;
  const [text, setText] = useState(() => shownOf(value));
  // Keeps the typed text ("1." on the way to "1.5") while it means the same value.
  const shown = numberTyped(text) === value ? text : shownOf(value);
  const inexact = inexactTyped(shown);
  const { 'aria-describedby': describes, ...described } = describedBy(props);
  return (
    <>
      <input
        {...described}
        aria-describedby={`${describes} ${described.id}-inexact`}
        aria-invalid={inexact !== null || described['aria-invalid']}
        data-not-json={inexact === null ? undefined : ''}
        type="text"
        inputMode="decimal"
        autoComplete="off"
        value={shown}
        placeholder={fallback === undefined ? '' : inOneLine(fallback)}
        onChange={(event) => {
          setText(event.target.value);
          onChange(numberTyped(event.target.value));
        }}
        className={`${FIELD_LOOK} w-48 max-w-full placeholder:text-faint`}
      />
      <p id={`${described.id}-inexact`} aria-live="polite" className="font-medium text-bad">
        {inexact ?? ''}
      </p>
    </>
  );
};

const shownOf = (value: unknown): string => (value === undefined || value === null ? '' : inOneLine(value));
