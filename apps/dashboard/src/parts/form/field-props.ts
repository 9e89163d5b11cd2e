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
