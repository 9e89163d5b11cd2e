import { andMore, type JsonSchema, MillraceError } from '../domain/index.ts';
import { checkAgainst } from './json-schema.ts';
import { closed } from './validate-params.ts';

/**
 * Values of a gate's form, with the schema's defaults. Names that the form does not have are refused, as params are.
 * @throws MillraceError `invalid_request` with the path of each problem
 */
export const validateForm = (form: JsonSchema, values: unknown): unknown => {
  const checked = checkAgainst(closed(form), values, 'values');
  if (checked.ok) return checked.value;
  const [first] = checked.errors;
  throw new MillraceError(
    'invalid_request',
    `the values do not fit the gate's form: ${first!.path}: ${first!.message}${andMore(checked.count)}`,
    { errors: checked.errors, errorCount: checked.count },
  );
};
