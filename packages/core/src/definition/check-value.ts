import { canonicalJson, type JsonSchema, LIMITS } from '../domain/index.ts';
import { isPatternOfFormat, problemOfFormat } from './formats.ts';
import { linearPattern } from './linear-pattern.ts';
import { inList, Issues, issuesOfForms } from './schema-issues.ts';
import { isMap, type Path } from './source.ts';

/** Steps to visit one node of the value, and to try one of several branches. */
const STEP = 16;
const FORM = 64;
const TOO_MANY_FORMS = 'it has too many parts for a schema with so many forms';
/** Nesting of schemas plus values: above what the limit json_depth admits, below what the stack can hold. */
const MAX_DEPTH = 1_000;
/** Characters shown of a name in a problem's path. */
const SHOWN_NAME = 100;

/** Steps used so far; consecutive checks may share one budget. */
export interface Effort {
  steps: number;
}

/** The check was abandoned, because it would block this process. */
export class CheckGivenUp extends Error {}

/**
 * One check of a value against a JSON Schema (draft 2020-12). It counts its steps, so that neither nested branches nor
 * long texts under a pattern can take it beyond LIMITS.check_steps.
 */
export class ValueCheck {
  readonly issues = new Issues();
  readonly #root: JsonSchema;
  readonly #effort: Effort;
  #depth = 0;

  /** @param root the schema that `$ref` resolves in */
  constructor(root: JsonSchema, effort: Effort = { steps: 0 }) {
    this.#root = root;
    this.#effort = effort;
  }

  /**
   * The value with the defaults of the schema; what is wrong with it is in `issues`.
   * @throws CheckGivenUp beyond LIMITS.check_steps
   */
  run(schema: JsonSchema, value: unknown): unknown {
    return this.#check(schema, value, [], this.issues);
  }

  #spend(steps: number, why: string): void {
    this.#effort.steps += steps;
    if (this.#effort.steps > LIMITS.check_steps)
      throw new CheckGivenUp(`takes more than ${LIMITS.check_steps} steps to check (the limit check_steps): ${why}`);
  }

  #check(schema: unknown, value: unknown, path: Path, issues: Issues): unknown {
    if (schema === false) issues.add({ kind: 'other', path, message: 'is not allowed here' });
    if (!isMap(schema)) return value;
    this.#spend(STEP, TOO_MANY_FORMS);
    if (this.#depth === MAX_DEPTH) throw new CheckGivenUp('its schema leads back to itself and never ends');
    this.#depth += 1;
    try {
      return this.#checkPart(schema, value, path, issues);
    } finally {
      this.#depth -= 1;
    }
  }

  #checkPart(schema: JsonSchema, given: unknown, path: Path, issues: Issues): unknown {
    const before = issues.count;
    this.#checkChoice(schema, given, path, issues);
    if (issues.count === before) checkType(schema, given, path, issues);
    if (issues.count > before) return given;
    let value = given;
    if (typeof schema['$ref'] === 'string')
      value = this.#check(this.#target(schema['$ref'], path, issues), value, path, issues);
    if (typeof value === 'string') this.#checkText(schema, value, path, issues);
    else if (typeof value === 'number') checkNumber(schema, value, path, issues);
    else if (Array.isArray(value)) value = this.#checkList(schema, value, path, issues);
    else if (isMap(value)) value = this.#checkMap(schema, value, path, issues);
    return this.#checkForms(schema, value, path, issues);
  }

  #checkForms(schema: JsonSchema, given: unknown, path: Path, issues: Issues): unknown {
    let value = given;
    for (const part of listOf(schema['allOf'])) value = this.#check(part, value, path, issues);
    for (const keyword of ['anyOf', 'oneOf']) {
      if (!Array.isArray(schema[keyword])) continue;
      const forms: Issues[] = [];
      const fits: unknown[] = [];
      for (const part of schema[keyword]) {
        const own = new Issues();
        this.#spend(FORM, TOO_MANY_FORMS);
        const checked = this.#check(part, value, path, own);
        if (own.count === 0) fits.push(checked);
        else forms.push(own);
        if (keyword === 'anyOf' && fits.length > 0) break;
      }
      if (fits.length === 0) issues.addAll(issuesOfForms(forms, path));
      else if (keyword === 'oneOf' && fits.length > 1)
        issues.add({ kind: 'other', path, message: `matches ${fits.length} of the forms, but must match exactly one` });
      else value = fits[0];
    }
    if (schema['not'] !== undefined) {
      const own = new Issues();
      this.#check(schema['not'], value, path, own);
      if (own.count === 0) issues.add({ kind: 'other', path, message: 'matches the schema under "not"' });
    }
    return value;
  }

  /** `enum` and `const`. */
  #checkChoice(schema: JsonSchema, value: unknown, path: Path, issues: Issues): void {
    const choice = choiceOf(schema);
    if (choice === null || choice.texts.has(this.#keyOf(value))) return;
    const { values } = choice;
    const message =
      values.length === 1
        ? `Invalid input: expected ${inList(values)}`
        : `Invalid option: expected one of ${inList(values, '|')}`;
    issues.add({ kind: 'value', path, message, values });
  }

  #keyOf(value: unknown): string {
    const key = typeof value === 'object' ? canonicalJson(value) : JSON.stringify(value);
    this.#spend(key.length / 4, 'too many values are compared with it');
    return key;
  }

  #checkText(schema: JsonSchema, text: string, path: Path, issues: Issues): void {
    const { minLength, maxLength, format, pattern } = schema;
    const before = issues.count;
    if (typeof minLength === 'number' && text.length < minLength)
      issues.add({ kind: 'other', path, message: `Too small: expected string to have >=${minLength} characters` });
    if (typeof maxLength === 'number' && text.length > maxLength)
      issues.add({ kind: 'other', path, message: `Too big: expected string to have <=${maxLength} characters` });
    // Skip patterns on a text that is refused anyway.
    if (issues.count > before) return;
    if (typeof format === 'string') {
      this.#spend(text.length, 'its texts are too long for the formats they are checked for');
      const message = problemOfFormat(format, text);
      if (message !== null) return issues.add({ kind: 'other', path, message });
    }
    if (typeof pattern !== 'string' || isPatternOfFormat(format, pattern)) return;
    const fits = this.#fits(pattern, text);
    if (typeof fits === 'string') issues.add({ kind: 'other', path, message: fits });
    else if (!fits) issues.add({ kind: 'other', path, message: `Invalid string: must match pattern /${pattern}/` });
  }

  /** Whether the pattern matches the text; a string is the reason it cannot be tried. */
  #fits(pattern: string, text: string): boolean | string {
    let made;
    try {
      made = linearPattern(pattern);
    } catch (error) {
      return `cannot be checked: ${problemOfPattern(pattern, error as Error)}`;
    }
    this.#spend(
      (text.length + 1) * made.size,
      `${text.length} characters are too many for the pattern ${JSON.stringify(pattern).slice(0, 100)} of size ${made.size}; write "+" in place of a counted repetition and bound the length with "maxLength"`,
    );
    return made.test(text);
  }

  #checkList(schema: JsonSchema, list: readonly unknown[], path: Path, issues: Issues): readonly unknown[] {
    const { minItems, maxItems } = schema;
    if (typeof minItems === 'number' && list.length < minItems)
      issues.add({ kind: 'other', path, message: `Too small: expected array to have >=${minItems} items` });
    if (typeof maxItems === 'number' && list.length > maxItems)
      return (
        issues.add({ kind: 'other', path, message: `Too big: expected array to have <=${maxItems} items` }), list
      );
    if (schema['uniqueItems'] === true) this.#checkUnique(list, path, issues);
    if (schema['contains'] !== undefined && !list.some((item) => this.#isFit(schema['contains'], item)))
      issues.add({ kind: 'other', path, message: 'Array must contain at least 1 matching element; found 0' });
    const first = listOf(Array.isArray(schema['items']) ? schema['items'] : schema['prefixItems']);
    const rest = Array.isArray(schema['items']) ? undefined : schema['items'];
    if (first.length === 0 && rest === undefined) return list;
    return list.map((item, at) => this.#check(at < first.length ? first[at] : rest, item, [...path, at], issues));
  }

  #checkUnique(list: readonly unknown[], path: Path, issues: Issues): void {
    const seen = new Map<string, number>();
    for (const [at, item] of list.entries()) {
      const key = this.#keyOf(item);
      const earlier = seen.get(key);
      if (earlier === undefined) seen.set(key, at);
      else
        issues.add({
          kind: 'other',
          path: [...path, at],
          message: `Array items must be unique: element at index ${at} duplicates the one at index ${earlier}`,
        });
    }
  }

  #isFit(schema: unknown, value: unknown): boolean {
    const own = new Issues();
    this.#check(schema, value, [], own);
    return own.count === 0;
  }

  #checkMap(
    schema: JsonSchema,
    map: Readonly<Record<string, unknown>>,
    path: Path,
    issues: Issues,
  ): Readonly<Record<string, unknown>> {
    const names = Object.keys(map);
    checkSize(schema, names.length, path, issues);
    const properties = isMap(schema['properties']) ? schema['properties'] : {};
    const entries = [...this.#checkKnown(schema, properties, map, path, issues)];
    const patterns = Object.entries(isMap(schema['patternProperties']) ? schema['patternProperties'] : {});
    const { additionalProperties: others = true, propertyNames } = schema;
    for (const name of names) {
      const at = [...path, shownName(name)];
      this.#spend(STEP, 'it has too many names');
      if (propertyNames !== undefined && !this.#isFit(propertyNames, name))
        issues.add({ kind: 'other', path: at, message: 'this name is not allowed here' });
      const isKnown = Object.hasOwn(properties, name);
      let value = map[name];
      let isMatched = isKnown;
      for (const [pattern, part] of patterns) {
        const fits = this.#fits(pattern, name);
        if (typeof fits === 'string') return (issues.add({ kind: 'other', path, message: fits }), map);
        if (!fits) continue;
        isMatched = true;
        value = this.#check(part, value, at, issues);
      }
      if (!isMatched && others === false) issues.add({ kind: 'other', path: at, message: 'there is no such name' });
      else if (!isMatched) value = this.#check(others, value, at, issues);
      if (!isKnown) entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }

  /** The properties named by the schema, in its order, with defaults. */
  *#checkKnown(
    schema: JsonSchema,
    properties: JsonSchema,
    map: Readonly<Record<string, unknown>>,
    path: Path,
    issues: Issues,
  ): Iterable<readonly [string, unknown]> {
    for (const [name, part] of Object.entries(properties)) {
      if (Object.hasOwn(map, name)) {
        yield [name, this.#check(part, map[name], [...path, shownName(name)], issues)];
        continue;
      }
      const preset = this.#defaultOf(part, 0);
      if (preset !== undefined) yield [name, this.#filled(part, preset)];
    }
    const required = new Set(listOf(schema['required']));
    for (const name of required) {
      this.#spend(1, 'it has too many names');
      if (typeof name !== 'string' || Object.hasOwn(map, name)) continue;
      const part = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (this.#defaultOf(part, 0) !== undefined) continue;
      const values = isMap(part) ? choiceOf(part)?.values : undefined;
      issues.add({
        kind: values === undefined ? 'type' : 'value',
        path: [...path, shownName(name)],
        message: 'is required',
        ...(values && { values }),
      });
    }
  }

  /**
   * A default with its nested defaults. An invalid one is kept as is: the definition was refused, or predates the
   * check.
   */
  #filled(part: unknown, preset: unknown): unknown {
    const own = new Issues();
    const filled = this.#check(part, preset, [], own);
    return own.count === 0 ? filled : preset;
  }

  #defaultOf(part: unknown, hops: number): unknown {
    if (!isMap(part) || hops > 20) return undefined;
    this.#spend(1, 'it has too many names');
    if (part['default'] !== undefined) return part['default'];
    if (typeof part['$ref'] === 'string') return this.#defaultOf(targetOf(this.#root, part['$ref']), hops + 1);
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      for (const inner of listOf(part[keyword])) {
        const found = this.#defaultOf(inner, hops + 1);
        if (found !== undefined) return found;
      }
    return undefined;
  }

  #target(reference: string, path: Path, issues: Issues): unknown {
    const target = targetOf(this.#root, reference);
    if (target === undefined)
      issues.add({
        kind: 'other',
        path,
        message: `cannot be checked: the schema refers to ${reference}, which it does not have`,
      });
    return target;
  }
}

/** Why a schema's pattern is not run. */
export const problemOfPattern = (pattern: string, error: Error): string =>
  `the pattern ${JSON.stringify(pattern).slice(0, 100)} cannot be used: ${error.message}`;

/** The target of `#`, `#/$defs/name` or `#/definitions/name`; undefined: none. */
export const targetOf = (root: JsonSchema, reference: string): unknown => {
  if (reference === '#' || reference === '#/') return root;
  const [, group, name] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(reference) ?? [];
  const parts = group === undefined ? undefined : root[group];
  const key = name?.replaceAll('~1', '/').replaceAll('~0', '~');
  return isMap(parts) && key !== undefined && Object.hasOwn(parts, key) ? parts[key] : undefined;
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const shownName = (name: string): string => (name.length > SHOWN_NAME ? `${name.slice(0, SHOWN_NAME)}…` : name);

interface Choice {
  readonly values: readonly unknown[];
  readonly texts: ReadonlySet<string>;
}
const choices = new WeakMap<JsonSchema, Choice>();
const choiceOf = (schema: JsonSchema): Choice | null => {
  const values = Array.isArray(schema['enum'])
    ? schema['enum']
    : schema['const'] === undefined
      ? null
      : [schema['const']];
  if (values === null) return null;
  let choice = choices.get(schema);
  if (choice === undefined) {
    choice = { values, texts: new Set(values.map(canonicalJson)) };
    choices.set(schema, choice);
  }
  return choice;
};

const checkType = (schema: JsonSchema, value: unknown, path: Path, issues: Issues): void => {
  const { type } = schema;
  if (type === undefined) return;
  const types = listOf([type].flat());
  if (types.some((one) => isOfType(one, value))) return;
  const isFraction = typeof value === 'number' && types.includes('integer');
  const expected = types.map((one) => (one !== 'integer' ? String(one) : isFraction ? 'int' : 'number')).join(' or ');
  issues.add({ kind: 'type', path, message: `Invalid input: expected ${expected}, received ${typeOf(value)}` });
};

const isOfType = (type: unknown, value: unknown): boolean =>
  type === 'integer' ? Number.isInteger(value) : type === typeOf(value);
const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

const checkNumber = (
  { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonSchema,
  value: number,
  path: Path,
  issues: Issues,
): void => {
  const bounds: readonly (readonly [bound: unknown, isMet: (bound: number) => boolean, words: string])[] = [
    [minimum, (bound) => value >= bound, 'Too small: expected number to be >='],
    [maximum, (bound) => value <= bound, 'Too big: expected number to be <='],
    [exclusiveMinimum, (bound) => value > bound, 'Too small: expected number to be >'],
    [exclusiveMaximum, (bound) => value < bound, 'Too big: expected number to be <'],
    [multipleOf, (bound) => isMultiple(value, bound), 'Invalid number: must be a multiple of '],
  ];
  for (const [bound, isMet, words] of bounds)
    if (typeof bound === 'number' && !isMet(bound)) issues.add({ kind: 'other', path, message: `${words}${bound}` });
};

/** Treats 0.3 as a multiple of 0.1, although it is not in double arithmetic. */
const isMultiple = (value: number, step: number): boolean => {
  const times = value / step;
  return Math.abs(times - Math.round(times)) <= Math.abs(times) * Number.EPSILON;
};

const checkSize = ({ minProperties, maxProperties }: JsonSchema, count: number, path: Path, issues: Issues): void => {
  if (typeof minProperties === 'number' && count < minProperties)
    issues.add({ kind: 'other', path, message: `Too small: expected object to have >=${minProperties} properties` });
  if (typeof maxProperties === 'number' && count > maxProperties)
    issues.add({ kind: 'other', path, message: `Too big: expected object to have <=${maxProperties} properties` });
};
