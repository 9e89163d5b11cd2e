import { useState } from 'react';
import { FIELD_LOOK, TextBox } from '../../ui/field.tsx';
import { describedBy, type FieldProps } from './field-frame.tsx';
import { inexactTyped, inOneLine, jsonTyped, numberTyped } from './form-state.ts';
import type { Field } from './schema-form.ts';

/** Empty text counts as not set. */
export const TextInput = (props: FieldProps<Field & { kind: 'text' }>) => {
  const { field, value, fallback, onChange } = props;
  const shared = {
    ...describedBy(props),
    value: value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value),
    placeholder: typeof fallback === 'string' ? fallback : field.example,
    onChange: (event: { target: { value: string } }) =>
      onChange(event.target.value === '' ? undefined : event.target.value),
    className: `${FIELD_LOOK} ${field.input === 'date' ? 'w-48' : 'w-full'} placeholder:text-faint`,
    autoComplete: 'off',
    spellCheck: false,
  };
  if (field.long) return <textarea {...shared} rows={4} />;
  return field.input === 'text' ? <TextBox {...shared} /> : <input {...shared} type={field.input} />;
};

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

export const SwitchInput = (props: FieldProps) => {
  const { value, fallback, onChange } = props;
  return (
    <input
      {...describedBy(props)}
      aria-required={undefined}
      type="checkbox"
      checked={(value === undefined ? fallback : value) === true}
      onChange={(event) => onChange(event.target.checked)}
      className="size-4"
    />
  );
};

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
      <option value="">
        {fallback !== undefined ? `default (${inOneLine(fallback)})` : field.required ? 'choose…' : 'not set'}
      </option>
      {stray ? <option value="stray">{inOneLine(value)}</option> : null}
      {field.options.map((option, index) => (
        <option key={texts[index]} value={String(index)}>
          {inOneLine(option)}
        </option>
      ))}
    </select>
  );
};

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
const means = (typed: unknown, value: unknown): boolean =>
  typed === undefined ? (value ?? null) === null : JSON.stringify(typed) === JSON.stringify(value);

/** Focuses the first field with invalid JSON, which cannot be sent. False: there is none. */
export const focusUnreadable = (form: HTMLFormElement | null): boolean => {
  const unreadable = form?.querySelector<HTMLElement>('[data-not-json]');
  unreadable?.focus();
  return unreadable !== undefined && unreadable !== null;
};
