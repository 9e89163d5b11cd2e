import type { Field } from './schema-form.ts';

/** By path, as the API names it. */
export type Errors = ReadonlyMap<string, readonly string[]>;

/** What every input of a param is given. */
export interface FieldProps<F extends Field = Field> {
  readonly field: F;
  /** Dotted, as the API names it: "params.limits.0". */
  readonly path: string;
  /** Undefined: not given. */
  readonly value: unknown;
  /** What the API takes when nothing is given: the mode's, or the schema's default. */
  readonly fallback: unknown;
  readonly errors: Errors;
  readonly onChange: (value: unknown) => void;
}
