import { z } from 'zod';
import type { ErrorDetail, JsonSchema } from '../domain/index.ts';
import { didYouMean } from '../domain/index.ts';
import { isMap, type Path } from './source.ts';

export interface SchemaProblem {
  readonly path: Path;
  readonly message: string;
}

/** What is wrong with a JSON Schema (draft 2020-12): a misspelt or unsupported keyword would otherwise check nothing. */
export const problemsOfSchema = (schema: JsonSchema): readonly SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  walk(schema, [], (part, path) => {
    for (const keyword of Object.keys(part))
      if (!KEYWORDS.has(keyword) && !keyword.startsWith('x-'))
        problems.push({ path: [...path, keyword], message: `JSON Schema keyword "${keyword}" is not known or not supported${didYouMean(keyword, KEYWORDS)}` });
  });
  if (problems.length > 0) return problems;
  try {
    z.fromJSONSchema(explicit(schema));
    return problemsOfDefaults(schema);
  } catch (error) {
    return [{ path: [], message: `not a JSON Schema that can be checked: ${(error as Error).message}` }];
  }
};

/** A default that its own schema refuses would fail every run that does not give the value. */
export const problemsOfDefaults = (schema: JsonSchema): readonly SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  walk(schema, [], (part, path) => {
    if (part['default'] === undefined) return;
    const checked = z.fromJSONSchema(explicit(withoutDefault(part, schema))).safeParse(part['default'], { error: inWords });
    if (checked.success) return;
    const [first] = plainIssues(checked.error.issues);
    const within = first!.path.length > 0 ? ` at ${first!.path.join('.')}` : '';
    problems.push({
      path: [...path, 'default'],
      message: `the default ${shown(part['default'])} does not fit its own schema${within}: ${first!.message}${hintOf(part)}`,
    });
  });
  return problems;
};

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 60);

const hintOf = ({ type, default: value }: JsonSchema): string =>
  type === 'string' && (typeof value === 'number' || typeof value === 'boolean') ? '; put it in quotes to make it a text' : '';

/** The part alone, with what its references lead to. */
const withoutDefault = ({ default: _default, ...part }: JsonSchema, root: JsonSchema): JsonSchema => withDefinitions(part, root);

export const withDefinitions = (part: JsonSchema, root: JsonSchema): JsonSchema => ({
  ...Object.fromEntries(DEFINITIONS.flatMap((name) => (root[name] === undefined ? [] : [[name, root[name]]]))),
  ...part,
});
const DEFINITIONS = ['$defs', 'definitions'];

export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly errors: readonly ErrorDetail[] };

/** The value with the schema's defaults applied, or each thing wrong with it by dotted path under `root`. */
export const checkAgainst = (schema: JsonSchema, value: unknown, root: string): Checked => {
  const result = compiled(schema).safeParse(value, { error: inWords });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, errors: plainIssues(result.error.issues).map((issue) => ({ path: [root, ...issue.path].join('.'), message: issue.message })) };
};

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of a value that fits none of several forms: what is wrong with the one that it means to be. */
const plainIssues = (issues: readonly z.core.$ZodIssue[]): readonly Issue[] =>
  issues.flatMap((issue): readonly Issue[] => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'there is no such name' }));
    if (issue.code !== 'invalid_union') return [issue];
    return unionIssues(issue.errors).map((inner) => ({ path: [...issue.path, ...inner.path], message: inner.message }));
  });

const unionIssues = (forms: readonly (readonly z.core.$ZodIssue[])[]): readonly Issue[] => {
  // Forms of another type than the value's are not meant.
  const ofType = forms.filter((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0));
  if (ofType.length > 0 && ofType.length < forms.length) return unionIssues(ofType);
  if (forms.length === 1) return plainIssues(forms[0]!);
  const tags = forms.map((issues) => issues.filter(({ code, path }) => code === 'invalid_value' && path.length > 0));
  const meant = forms.filter((_, at) => tags[at]!.length === 0);
  if (meant.length === 1) return plainIssues(meant[0]!);
  const [tag] = tags[0] ?? [];
  const rivals = tags.map((own) => own.find(({ path }) => path.join('.') === tag?.path.join('.')));
  if (tag && rivals.every((rival) => rival !== undefined)) {
    const values = rivals.flatMap((rival) => (rival.code === 'invalid_value' ? rival.values : []));
    return [{ path: tag.path, message: `must be one of ${values.map((value) => JSON.stringify(value)).join(', ')}` }];
  }
  const reasons = [
    ...new Set(
      forms.flatMap((issues) =>
        plainIssues(issues)
          .slice(0, 1)
          .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)),
      ),
    ),
  ];
  if (reasons.length === 1) return plainIssues(forms[0]!).slice(0, 1);
  return [{ path: [], message: `fits none of the ${forms.length} forms that are allowed (${reasons.join('; ')})` }];
};

/** Undefined: as zod says it. */
const inWords: z.core.$ZodErrorMap = ({ code, input }) => (code === 'invalid_type' && input === undefined ? 'is required' : undefined);

const cache = new WeakMap<JsonSchema, z.ZodType>();
const compiled = (schema: JsonSchema): z.ZodType => {
  const known = cache.get(schema);
  if (known) return known;
  const made = z.fromJSONSchema(explicit(schema));
  cache.set(schema, made);
  return made;
};

/*
 * zod checks `required` only for names in `properties`, `minItems` only beside `items`, and `minLength` or `properties` only beside
 * `type`. JSON Schema checks them anyway, for values of the type that they are about, and lets all others pass; so that is written
 * out before zod sees it.
 */
const explicit = (schema: JsonSchema): JsonSchema => {
  const copy = structuredClone(schema) as Record<string, unknown>;
  walk(copy, [], (part) => {
    const mutable = part as Record<string, unknown>;
    if (mutable['type'] === undefined && Object.values(TYPE_OF).some((keywords) => keywords.some((keyword) => keyword in mutable)))
      mutable['type'] = [...Object.keys(TYPE_OF), 'boolean', 'null'];
    if (Array.isArray(mutable['required']))
      mutable['properties'] = { ...Object.fromEntries(mutable['required'].map((name) => [name, {}])), ...(mutable['properties'] as object | undefined) };
    if ([mutable['type']].flat().includes('array') && mutable['items'] === undefined && mutable['prefixItems'] === undefined) mutable['items'] = {};
  });
  fillDefaults(copy);
  return copy;
};

/** zod takes a default as it is; the defaults inside it are applied here, from the inside out. */
const fillDefaults = (schema: Record<string, unknown>): void => {
  const parts: JsonSchema[] = [];
  walk(schema, [], (part) => {
    if (isMap(part['default']) || Array.isArray(part['default'])) parts.push(part);
  });
  for (const part of parts.reverse()) {
    const filled = z.fromJSONSchema(withoutDefault(part, schema)).safeParse(part['default']);
    if (filled.success) Object.assign(part, { default: filled.data });
  }
};

const TYPE_OF: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames', 'minProperties', 'maxProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};
const KEYWORDS = new Set([
  ...Object.values(TYPE_OF).flat(),
  'type',
  'enum',
  'const',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  '$ref',
  '$defs',
  'definitions',
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

/** Calls back for the schema and each schema inside it. */
export const walk = (schema: unknown, path: Path, visit: (part: JsonSchema, path: Path) => void): void => {
  if (!isMap(schema)) return;
  visit(schema, path);
  for (const keyword of ['items', 'additionalProperties', 'contains', 'propertyNames', 'not']) walk(schema[keyword], [...path, keyword], visit);
  for (const keyword of ['properties', 'patternProperties', '$defs', 'definitions'])
    if (isMap(schema[keyword])) for (const [name, part] of Object.entries(schema[keyword])) walk(part, [...path, keyword, name], visit);
  for (const keyword of ['allOf', 'anyOf', 'oneOf', 'prefixItems'])
    if (Array.isArray(schema[keyword])) schema[keyword].forEach((part, index) => walk(part, [...path, keyword, index], visit));
};
