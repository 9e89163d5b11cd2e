/** Builds a form from a JSON Schema (draft 2020-12). Parts that a form cannot represent become a JSON editor. */
type JsonSchema = Readonly<Record<string, unknown>>;

interface Asked {
  /** Name within its object; in a list, the index. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly required: boolean;
  /** Value the API uses if unset; undefined: none. */
  readonly fallback: unknown;
  /** `null` is an answer too. */
  readonly nullable: boolean;
  /** Limits in words: "1 to 100", "at most 20 characters". */
  readonly limits: string;
}
export type Field = Asked &
  (
    | {
        readonly kind: 'text';
        readonly input: 'text' | 'email' | 'url' | 'date';
        readonly long: boolean;
        readonly example: string;
      }
    | { readonly kind: 'number' }
    | { readonly kind: 'switch' }
    | { readonly kind: 'choice'; readonly options: readonly unknown[] }
    | { readonly kind: 'list'; readonly item: Field; readonly atMost: number }
    | { readonly kind: 'group'; readonly fields: readonly Field[] }
    | { readonly kind: 'json' }
  );

/** Fields of the params in schema order; null: the schema names none, so params are one JSON text. */
export const fieldsOf = (schema: JsonSchema): readonly Field[] | null => {
  const form = fieldOf('params', schema, true, schema, 0);
  return form.kind === 'group' && form.fields.length > 0 ? form.fields : null;
};

/** A run can start without setting anything. */
export const needsNoParams = (schema: JsonSchema | null): boolean => {
  const required = schema?.['required'];
  const properties = isMap(schema?.['properties']) ? schema['properties'] : {};
  return (
    !Array.isArray(required) ||
    required.every((name) => isMap(properties[name as string]) && 'default' in (properties[name as string] as object))
  );
};

const DEEPEST = 5;

const fieldOf = (name: string, given: unknown, required: boolean, root: JsonSchema, depth: number): Field => {
  const { schema, nullable } = plain(given, root);
  const { title, description, default: fallback } = schema;
  const asked: Asked = {
    name,
    title: typeof title === 'string' && title !== '' ? title : name,
    description: typeof description === 'string' ? description : '',
    required,
    fallback,
    nullable,
    limits: limitsInWords(schema),
  };
  const options = optionsOf(schema);
  if (options !== null)
    return {
      ...asked,
      kind: 'choice',
      nullable: false,
      options: nullable && !options.includes(null) ? [...options, null] : options,
    };
  if (depth > DEEPEST || COMPOSED.some((keyword) => keyword in schema)) return { ...asked, kind: 'json' };
  switch (typeOf(schema)) {
    case 'string':
      return { ...asked, kind: 'text', ...textOf(schema) };
    case 'integer':
    case 'number':
      return { ...asked, kind: 'number' };
    case 'boolean':
      return { ...asked, kind: 'switch' };
    case 'array':
      return listOf(asked, schema, root, depth);
    case 'object':
      return groupOf(asked, schema, root, depth);
    default:
      return { ...asked, kind: 'json' };
  }
};

/** Resolves references, unions that only add null, and an `allOf` of one. */
const plain = (given: unknown, root: JsonSchema): { schema: JsonSchema; nullable: boolean } => {
  let schema: JsonSchema = isMap(given) ? given : {};
  let nullable = false;
  for (let turns = 0; turns < 10; turns += 1) {
    const around = schema;
    const next = referred(schema, root) ?? onlyOf(schema, 'allOf') ?? unionWithNull(schema);
    if (next === null) break;
    nullable ||= 'orNull' in next;
    const { $ref: _ref, allOf: _all, anyOf: _any, oneOf: _one, ...kept } = around;
    schema = { ...next.schema, ...kept };
  }
  const { type } = schema;
  if (Array.isArray(type) && type.includes('null') && type.length === 2)
    return { schema: { ...schema, type: type.find((one) => one !== 'null') }, nullable: true };
  return { schema, nullable };
};

const referred = (schema: JsonSchema, root: JsonSchema): { schema: JsonSchema } | null => {
  const found = typeof schema['$ref'] === 'string' ? /^#\/(\$defs|definitions)\/([^/]+)$/.exec(schema['$ref']) : null;
  const definitions = found ? root[found[1]!] : null;
  const target = isMap(definitions) ? definitions[found![2]!] : null;
  return isMap(target) ? { schema: target } : null;
};

const onlyOf = (schema: JsonSchema, keyword: string): { schema: JsonSchema } | null => {
  const parts = schema[keyword];
  return Array.isArray(parts) && parts.length === 1 && isMap(parts[0]) ? { schema: parts[0] } : null;
};

const unionWithNull = (schema: JsonSchema): { schema: JsonSchema; orNull?: true } | null => {
  const parts = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(parts) || !parts.every(isMap)) return null;
  const rest = parts.filter((part) => part['type'] !== 'null');
  if (rest.length !== 1) return null;
  return { schema: rest[0]!, ...(rest.length < parts.length ? { orNull: true } : {}) };
};

/** The allowed values if they are enumerated. */
const optionsOf = (schema: JsonSchema): readonly unknown[] | null => {
  if (Array.isArray(schema['enum'])) return schema['enum'];
  if ('const' in schema) return [schema['const']];
  const parts = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(parts) || parts.length === 0) return null;
  const each = parts.map((part) => (isMap(part) ? (part['type'] === 'null' ? [null] : optionsOf(part)) : null));
  return each.every((options) => options !== null) ? [...new Set(each.flat())] : null;
};

const COMPOSED = ['$ref', 'anyOf', 'oneOf', 'allOf', 'not', 'patternProperties'];

/** Some schemas omit the type: it follows from the keywords. */
const typeOf = (schema: JsonSchema): unknown =>
  schema['type'] ??
  (isMap(schema['properties'])
    ? 'object'
    : 'items' in schema
      ? 'array'
      : 'pattern' in schema || 'format' in schema
        ? 'string'
        : undefined);

const INPUTS = { email: 'email', uri: 'url', url: 'url', date: 'date' } as const;
const EXAMPLES: Readonly<Record<string, string>> = {
  'date-time': '2026-01-05T12:00:00Z',
  time: '12:00:00',
  duration: 'PT15M',
  uuid: '0199c1e0-0000-7000-8000-000000000000',
  uri: 'https://example.com/',
  email: 'name@example.com',
};
/** Long text gets a multi-line box. */
const LONG = 200;

const textOf = (schema: JsonSchema): { input: 'text' | 'email' | 'url' | 'date'; long: boolean; example: string } => {
  const { format, examples, maxLength } = schema;
  const input = Object.hasOwn(INPUTS, String(format)) ? INPUTS[format as keyof typeof INPUTS] : 'text';
  const [example] = Array.isArray(examples) ? examples : [];
  const long =
    input === 'text' &&
    typeof maxLength === 'number' &&
    maxLength > LONG &&
    !('pattern' in schema) &&
    format === undefined;
  return { input, long, example: typeof example === 'string' ? example : (EXAMPLES[format as string] ?? '') };
};

const listOf = (asked: Asked, schema: JsonSchema, root: JsonSchema, depth: number): Field => {
  if ('prefixItems' in schema || !isMap(schema['items'])) return { ...asked, kind: 'json' };
  const { maxItems } = schema;
  return {
    ...asked,
    kind: 'list',
    item: fieldOf('', schema['items'], true, root, depth + 1),
    atMost: typeof maxItems === 'number' ? maxItems : Infinity,
  };
};

const groupOf = (asked: Asked, schema: JsonSchema, root: JsonSchema, depth: number): Field => {
  const { properties, required, additionalProperties } = schema;
  // Open-ended names cannot be fields; params keep their known fields, and the rest is edited as JSON.
  if (!isMap(properties) || (depth > 0 && (isMap(additionalProperties) || additionalProperties === true)))
    return { ...asked, kind: 'json' };
  const names = Array.isArray(required) ? required : [];
  const fields = Object.entries(properties).map(([name, part]) =>
    fieldOf(name, part, names.includes(name), root, depth + 1),
  );
  return { ...asked, kind: 'group', fields };
};

const isMap = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Limits of a schema in words; "" if there is nothing useful to say. */
const limitsInWords = (schema: Readonly<Record<string, unknown>>): string =>
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
const bound = (value: unknown): number | null =>
  typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null;
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
