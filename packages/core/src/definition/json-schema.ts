import { didYouMean, type ErrorDetail, type JsonSchema, LIMITS } from '../domain/index.ts';
import { CheckGivenUp, type Effort, problemOfPattern, targetOf, ValueCheck } from './check-value.ts';
import { isPatternOfFormat } from './formats.ts';
import { linearPattern } from './linear-pattern.ts';
import { isMap, type Path } from './source.ts';

/** Budget used by one definition: its schemas, defaults and presets share the limits. */
export interface ReadingEffort extends Effort {
  /** The compiled patterns, and their total steps. */
  readonly patterns: Set<string>;
  patternSteps: number;
}
export const newEffort = (): ReadingEffort => ({ steps: 0, patterns: new Set(), patternSteps: 0 });

export interface SchemaProblem {
  readonly path: Path;
  readonly message: string;
}

/**
 * What is wrong with a JSON Schema (draft 2020-12): a misspelt or unsupported keyword would otherwise check nothing.
 */
export const problemsOfSchema = (schema: JsonSchema, effort = newEffort()): readonly SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  walk(schema, [], (part, path) => {
    for (const keyword of Object.keys(part))
      if (!KEYWORDS.has(keyword) && !keyword.startsWith('x-'))
        problems.push({
          path: [...path, keyword],
          message: `JSON Schema keyword "${keyword}" is not known or not supported${problems.length < SUGGESTED ? didYouMean(keyword, KEYWORDS) : ''}`,
        });
      else problems.push(...problemsOfKeyword(part, keyword, path));
  });
  return problems.length > 0 ? problems : problemsOfCheck(schema, effort);
};

/** Number of keywords that get a suggestion: each is compared with every known one. */
const SUGGESTED = 20;

/** Faults that would fail every value or block the process: dangling references, refused patterns, invalid defaults. */
export const problemsOfCheck = (schema: JsonSchema, effort = newEffort()): readonly SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  const sound = new Set<unknown>();
  let isFound = false;
  walk(schema, [], (part, path) => {
    for (const { at, pattern } of patternsOf(part)) {
      const message = problemOf(pattern, effort);
      if (message !== null) problems.push({ path: [...path, ...at], message });
    }
    if (typeof part['$ref'] !== 'string') return;
    if (targetOf(schema, part['$ref']) === undefined)
      problems.push({
        path: [...path, '$ref'],
        message: `"${part['$ref'].slice(0, 100)}" leads to nothing: only "#", "#/$defs/name" and "#/definitions/name" are supported`,
      });
    else if (!isFound && isEndless(schema, part, sound)) {
      isFound = true;
      problems.push({
        path: [...path, '$ref'],
        message: `"${part['$ref'].slice(0, 100)}" leads back to itself, or through more than ${MAX_HOPS} others, without a value in between`,
      });
    }
  });
  return problems.length > 0 ? problems : problemsOfDefaults(schema, effort);
};

const patternsOf = (part: JsonSchema): readonly { readonly at: Path; readonly pattern: string }[] => [
  ...(typeof part['pattern'] === 'string' && !isPatternOfFormat(part['format'], part['pattern'])
    ? [{ at: ['pattern'], pattern: part['pattern'] }]
    : []),
  ...(isMap(part['patternProperties'])
    ? Object.keys(part['patternProperties']).map((pattern) => ({ at: ['patternProperties', pattern], pattern }))
    : []),
];

const problemOf = (pattern: string, effort: ReadingEffort): string | null => {
  if (effort.patterns.has(pattern)) return null;
  if (effort.patternSteps > LIMITS.patterns_size)
    return `the patterns of the definition compile to more than ${LIMITS.patterns_size} steps together (the limit patterns_size): write "+" in place of counted repetitions`;
  try {
    effort.patternSteps += linearPattern(pattern).size;
    effort.patterns.add(pattern);
    return null;
  } catch (error) {
    return problemOfPattern(pattern, error as Error);
  }
};

const MAX_HOPS = 200;
/** Whether the schema refers back to itself for the same value. `sound`: parts already known not to. */
const isEndless = (root: JsonSchema, start: JsonSchema, sound: Set<unknown>): boolean => {
  const above = new Set<unknown>();
  const leads = (part: unknown): boolean => {
    if (!isMap(part) || sound.has(part)) return false;
    if (above.has(part) || above.size > MAX_HOPS) return true;
    above.add(part);
    const next = [
      typeof part['$ref'] === 'string' ? targetOf(root, part['$ref']) : undefined,
      part['not'],
      ...['allOf', 'anyOf', 'oneOf'].flatMap((name) => part[name] ?? []),
    ];
    const isLoop = next.some(leads);
    above.delete(part);
    if (!isLoop) sound.add(part);
    return isLoop;
  };
  return leads(start);
};

/** A default that fails its own schema would fail every run that omits the value. */
const problemsOfDefaults = (schema: JsonSchema, effort: Effort): readonly SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  walk(schema, [], (part, path) => {
    if (part['default'] === undefined) return;
    const { default: value, ...alone } = part;
    const checked = checkPart(alone, value, schema, effort);
    if (checked.ok) return;
    const [first] = checked.errors;
    const within = first!.path === '' ? '' : ` at ${first!.path}`;
    problems.push({
      path: [...path, 'default'],
      message: `the default ${shown(value)} does not fit its own schema${within}: ${first!.message}${hintOf(part)}`,
    });
  });
  return problems;
};

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 60);

const hintOf = ({ type, default: value }: JsonSchema): string =>
  type === 'string' && (typeof value === 'number' || typeof value === 'boolean')
    ? '; put it in quotes to make it a text'
    : '';

export type Checked =
  | { readonly ok: true; readonly value: unknown }
  /** `count`: number of all problems; `errors` lists at most 100. */
  | { readonly ok: false; readonly errors: readonly ErrorDetail[]; readonly count: number };

/** The value with the schema's defaults applied, or its problems by dotted path under `root`. */
export const checkAgainst = (schema: JsonSchema, value: unknown, root: string, effort?: Effort): Checked => {
  const checked = checkPart(schema, value, schema, effort);
  return checked.ok
    ? checked
    : {
        ...checked,
        errors: checked.errors.map(({ path, message }) => ({ path: path === '' ? root : `${root}.${path}`, message })),
      };
};

/** Like `checkAgainst`, for a part of the schema `root`; paths are relative to the value. */
export const checkPart = (part: JsonSchema, value: unknown, root: JsonSchema, effort?: Effort): Checked => {
  const check = new ValueCheck(root, effort);
  try {
    const filled = check.run(part, value);
    const { listed, count } = check.issues;
    if (count === 0) return { ok: true, value: filled };
    return { ok: false, count, errors: listed.map(({ path, message }) => ({ path: path.join('.'), message })) };
  } catch (error) {
    if (!(error instanceof CheckGivenUp)) throw error;
    return { ok: false, count: 1, errors: [{ path: '', message: error.message }] };
  }
};

/** A keyword with a value of the wrong kind would check nothing. */
const problemsOfKeyword = (part: JsonSchema, keyword: string, path: Path): readonly SchemaProblem[] => {
  const value = part[keyword];
  const expected = SHAPES.find(({ keywords }) => keywords.includes(keyword));
  if (expected === undefined || expected.fits(value)) return [];
  return [
    {
      path: [...path, keyword],
      message: `"${keyword}" must be ${expected.words}, not ${JSON.stringify(value).slice(0, 60)}`,
    },
  ];
};

const TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'];
const isSchema = (value: unknown): boolean => isMap(value) || typeof value === 'boolean';
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;
interface Shape {
  readonly keywords: readonly string[];
  readonly words: string;
  fits(value: unknown): boolean;
}
const SHAPES: readonly Shape[] = [
  {
    keywords: ['type'],
    words: `one of ${TYPES.join(', ')}, or a list of them`,
    fits: (value) => [value].flat().every((one) => TYPES.includes(one as string)),
  },
  { keywords: ['pattern', 'format', '$ref'], words: 'a text', fits: (value) => typeof value === 'string' },
  {
    keywords: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
    words: 'a number',
    fits: (value) => typeof value === 'number',
  },
  { keywords: ['multipleOf'], words: 'a number above 0', fits: (value) => typeof value === 'number' && value > 0 },
  {
    keywords: ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
    words: 'a whole number, 0 or more',
    fits: isCount,
  },
  { keywords: ['uniqueItems'], words: 'true or false', fits: (value) => typeof value === 'boolean' },
  {
    keywords: ['required'],
    words: 'a list of names',
    fits: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  },
  { keywords: ['enum'], words: 'a list of values', fits: Array.isArray },
  {
    keywords: ['allOf', 'anyOf', 'oneOf', 'prefixItems'],
    words: 'a list of schemas',
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema),
  },
  {
    keywords: ['properties', 'patternProperties', '$defs', 'definitions'],
    words: 'a map of schemas',
    fits: (value) => isMap(value) && Object.values(value).every(isSchema),
  },
  {
    keywords: ['items'],
    words: 'a schema',
    fits: (value) => isSchema(value) || (Array.isArray(value) && value.every(isSchema)),
  },
  { keywords: ['additionalProperties', 'contains', 'propertyNames', 'not'], words: 'a schema', fits: isSchema },
];

const TYPE_OF: Readonly<Record<string, readonly string[]>> = {
  object: [
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'minProperties',
    'maxProperties',
  ],
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

/** Visits the schema and every schema nested in it. */
export const walk = (schema: unknown, path: Path, visit: (part: JsonSchema, path: Path) => void): void => {
  if (!isMap(schema)) return;
  visit(schema, path);
  for (const keyword of ['items', 'additionalProperties', 'contains', 'propertyNames', 'not'])
    walk(schema[keyword], [...path, keyword], visit);
  for (const keyword of ['properties', 'patternProperties', '$defs', 'definitions'])
    if (isMap(schema[keyword]))
      for (const [name, part] of Object.entries(schema[keyword])) walk(part, [...path, keyword, name], visit);
  for (const keyword of ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'])
    if (Array.isArray(schema[keyword]))
      schema[keyword].forEach((part, index) => walk(part, [...path, keyword, index], visit));
};
