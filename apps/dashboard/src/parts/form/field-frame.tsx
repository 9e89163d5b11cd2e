import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { idOf, inOneLine } from './form-state.ts';
import type { Field } from './schema-form.ts';

/** By path, as named by the API. */
export type Errors = ReadonlyMap<string, readonly string[]>;

/** Props of every param input. */
export interface FieldProps<F extends Field = Field> {
  readonly field: F;
  /** Dotted path, as named by the API: "params.limits.0". */
  readonly path: string;
  /** Undefined: not set. */
  readonly value: unknown;
  /** Value the API uses if unset: the mode's, or the schema's default. */
  readonly fallback: unknown;
  readonly errors: Errors;
  readonly onChange: (value: unknown) => void;
}

/** Label, description, limits, default and errors around a control; groups and lists are fieldsets. */
export const FieldFrame = ({
  field,
  path,
  fallback,
  errors,
  children,
  onReset,
}: FieldProps & { onReset?: () => void; children: ReactNode }) => {
  const { title, required, kind } = field;
  const several = kind === 'group' || kind === 'list';
  const needed = required && fallback === undefined && kind !== 'switch' && !several;
  const name = (
    <>
      {title}
      {needed ? <span className="ml-1 font-normal text-quiet">(required)</span> : null}
    </>
  );
  const inside = (
    <>
      <Hints field={field} path={path} fallback={fallback} />
      {kind === 'switch' ? null : children}
      <Messages id={errorsIdOf(path)} messages={errors.get(path) ?? []} />
      {onReset ? (
        <Button kind="quiet" onClick={onReset} className="-ml-3 min-h-7 text-quiet">
          Use the default<span className="sr-only"> of {title}</span>
        </Button>
      ) : null}
    </>
  );
  if (several)
    return (
      <fieldset
        id={idOf(path)}
        tabIndex={-1}
        aria-describedby={hintsIdOf(path)}
        className="space-y-2 rounded-md border border-line p-3"
      >
        <legend className="px-1 font-medium">{name}</legend>
        {inside}
      </fieldset>
    );
  return (
    <div className="space-y-1">
      <div className="flex items-center gap-2">
        {kind === 'switch' ? children : null}
        <label htmlFor={idOf(path)} className="font-medium">
          {title === '' ? <span className="sr-only">{path}</span> : name}
        </label>
      </div>
      {inside}
    </div>
  );
};

const Hints = ({ field: { description, limits }, path, fallback }: Pick<FieldProps, 'field' | 'path' | 'fallback'>) => {
  const says = [description, limits === '' ? '' : `${limits[0]!.toUpperCase()}${limits.slice(1)}`].filter(
    (words) => words !== '',
  );
  if (says.length === 0 && fallback === undefined) return <span id={hintsIdOf(path)} hidden />;
  return (
    <p id={hintsIdOf(path)} className="text-quiet">
      {says.join('. ')}
      {says.length > 0 && fallback !== undefined ? '. ' : ''}
      {fallback === undefined ? null : (
        <>
          Default: <code>{inOneLine(fallback)}</code>
        </>
      )}
    </p>
  );
};

const hintsIdOf = (path: string): string => `${idOf(path)}-hints`;
const errorsIdOf = (path: string): string => `${idOf(path)}-errors`;

/** ARIA attributes that describe the control to screen readers. */
export const describedBy = ({ path, errors, field, fallback }: FieldProps) => ({
  id: idOf(path),
  'aria-describedby': `${hintsIdOf(path)} ${errorsIdOf(path)}`,
  'aria-invalid': errors.has(path) || undefined,
  'aria-required': (field.required && fallback === undefined) || undefined,
});

/** The API's messages about a field, announced as they arrive. */
export const Messages = ({ id, messages }: { id: string; messages: readonly string[] }) => (
  <div id={id} aria-live="polite" className="font-medium text-bad">
    {messages.map((message) => (
      <p key={message}>{message}</p>
    ))}
  </div>
);
