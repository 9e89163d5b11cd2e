/** Limits of a schema in words; "" if there is nothing useful to say. */
export const limitsInWords = (schema: Readonly<Record<string, unknown>>): string =>
  [
    schema['type'] === 'integer' ? 'a whole number' : '',
    numbers(schema),
    typeof schema['multipleOf'] === 'number' ? `in steps of ${schema['multipleOf']}` : '',
    range(count(schema['minLength']), count(schema['maxLength']), ' characters'),
    range(count(schema['minItems']), count(schema['maxItems']), ' entries'),
    schema['uniqueItems'] === true ? 'no duplicates' : '',
    typeof schema['pattern'] === 'string' && schema['pattern'].length <= 120 ? `matching ${schema['pattern']}` : '',
    typeof schema['format'] === 'string' ? (FORMATS[schema['format']] ?? '') : '',
  ]
    .filter((words) => words !== '')
    .join(', ');

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'an ISO 8601 date and time',
  time: 'a time of day',
  duration: 'an ISO 8601 duration',
  email: 'an email address',
  uri: 'an absolute URL',
  uuid: 'a UUID',
};

/** zod bounds every integer by the safe integers: not worth showing. */
const bound = (value: unknown): number | null => (typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null);
const count = (value: unknown): number | null => (typeof value === 'number' && value > 0 ? value : null);

const range = (least: number | null, most: number | null, unit: string): string => {
  if (least !== null && most !== null) return least === most ? `exactly ${least}${unit}` : `${least} to ${most}${unit}`;
  if (least !== null) return unit !== '' && least === 1 ? 'not empty' : `at least ${least}${unit}`;
  return most === null ? '' : `at most ${most}${unit}`;
};

/** Bounds of a number, each inclusive or exclusive. */
const numbers = (schema: Readonly<Record<string, unknown>>): string => {
  const above = bound(schema['exclusiveMinimum']);
  const below = bound(schema['exclusiveMaximum']);
  const least = bound(schema['minimum']);
  const most = bound(schema['maximum']);
  if (above === null && below === null) return range(least, most, '');
  const lower = above === null ? range(least, null, '') : `more than ${above}`;
  const upper = below === null ? range(null, most, '') : `less than ${below}`;
  return [lower, upper].filter((words) => words !== '').join(' and ');
};
