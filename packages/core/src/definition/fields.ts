import { isName, NAME_RULE, parseDuration } from '../domain/index.ts';
import type { ReadingEffort } from './json-schema.ts';
import type { Problems } from './problems.ts';
import { type DefinitionSource, isMap, type Path, spell } from './source.ts';

/** Shared by all readers of a definition: the source, and the list of problems. */
export interface Reading {
  readonly source: DefinitionSource;
  readonly problems: Problems;
  readonly effort: ReadingEffort;
}

/** Features in the format that this release does not run: refused, never ignored. */
export type Unsupported = Readonly<Record<string, string>>;

/**
 * One map of a definition, read field by field. An absent field reads as null; a wrong one is reported and
 * reads as null too, so that reading continues and finds the other problems.
 */
export class Fields {
  readonly path: Path;
  readonly #reading: Reading;
  readonly #map: Readonly<Record<string, unknown>>;

  constructor(reading: Reading, value: unknown, path: Path, known: readonly string[], unsupported: Unsupported = {}) {
    this.#reading = reading;
    this.path = path;
    this.#map = isMap(value) ? value : {};
    if (!isMap(value)) reading.problems.add(path, `must be a map of fields, not ${kindOf(value)}`);
    const names = known.map((field) => spell(reading.source, field));
    const refused = new Map(Object.entries(unsupported).map(([field, why]) => [spell(reading.source, field), why]));
    for (const key of Object.keys(this.#map)) {
      if (names.includes(key) || this.#map[key] === undefined) continue;
      if (refused.has(key)) reading.problems.add([...path, key], `"${key}" is not supported yet: ${refused.get(key)}`);
      else reading.problems.addUnknown([...path, key], `unknown field "${key}"`, key, names);
    }
  }

  /** The value as written; null when absent. */
  raw(field: string): unknown {
    const key = this.key(field);
    return Object.hasOwn(this.#map, key) ? (this.#map[key] ?? null) : null;
  }
  has(field: string): boolean {
    return this.raw(field) !== null;
  }
  /** Explicitly null, meaning "unbounded"; absent means "the default". */
  isNull(field: string): boolean {
    const key = this.key(field);
    return Object.hasOwn(this.#map, key) && this.#map[key] === null;
  }
  key(field: string): string {
    return spell(this.#reading.source, field);
  }
  at(field: string): Path {
    return [...this.path, this.key(field)];
  }
  wrong(field: string, message: string): null {
    this.#reading.problems.add(this.at(field), `"${this.key(field)}" ${message}`);
    return null;
  }

  text(field: string): string | null {
    const value = this.raw(field);
    if (value === null || typeof value === 'string') return value;
    return this.wrong(field, `must be text, not ${kindOf(value)}`);
  }
  name(field: string): string | null {
    const value = this.text(field);
    return value === null || isName(value)
      ? value
      : this.wrong(field, `must be ${NAME_RULE}; ${JSON.stringify(value.slice(0, 80))} is not`);
  }
  choice<T extends string>(field: string, options: readonly T[]): T | null {
    const value = this.text(field);
    if (value === null || (options as readonly string[]).includes(value)) return value as T | null;
    this.#reading.problems.addUnknown(
      this.at(field),
      `"${this.key(field)}" must be ${options.join(', ')}, not "${value}"`,
      value,
      options,
    );
    return null;
  }
  /** ms, > 0. */
  duration(field: string): number | null {
    const value = this.raw(field);
    if (value === null) return null;
    const ms = typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : null;
    if (ms === null || !Number.isSafeInteger(ms))
      return this.wrong(
        field,
        `must be a duration such as "30s", "5m" or "1h30m", or a number of ms; ${JSON.stringify(value)} is not`,
      );
    return ms > 0 ? ms : this.wrong(field, 'must be longer than nothing');
  }
  number(
    field: string,
    rule: { readonly least: number; readonly most?: number; readonly whole?: boolean },
  ): number | null {
    const value = this.raw(field);
    if (value === null) return null;
    const fits =
      typeof value === 'number' &&
      value >= rule.least &&
      value <= (rule.most ?? Number.MAX_SAFE_INTEGER) &&
      (!rule.whole || Number.isSafeInteger(value));
    if (fits) return value;
    const range = rule.most === undefined ? `${rule.least} or more` : `from ${rule.least} to ${rule.most}`;
    return this.wrong(
      field,
      `must be a ${rule.whole ? 'whole ' : ''}number, ${range}; ${JSON.stringify(value)} is not`,
    );
  }
  texts(field: string): readonly string[] | null {
    const value = this.raw(field);
    if (value === null) return null;
    if (!Array.isArray(value)) return this.wrong(field, `must be a list, not ${kindOf(value)}`);
    const bad = value.findIndex((entry) => typeof entry !== 'string');
    if (bad === -1) return value as string[];
    this.#reading.problems.add(
      [...this.at(field), bad],
      `"${this.key(field)}" must hold texts only, not ${kindOf(value[bad])}${typeof value[bad] === 'object' ? '' : ': put it in quotes'}`,
    );
    return null;
  }
  map(field: string): Readonly<Record<string, unknown>> | null {
    const value = this.raw(field);
    if (value === null || isMap(value)) return value;
    return this.wrong(field, `must be a map, not ${kindOf(value)}`);
  }
}

export const kindOf = (value: unknown): string => {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 80))}`;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : `a ${typeof value}`;
};
