/** Form values by path. Only values the reader set are sent; the rest is left to the pipeline. */
import { INEXACT, InexactJsonError, isKept, parseExactJson } from '@millrace/core/domain';
import type { Field } from './schema-form.ts';

export type Given = Readonly<Record<string, unknown>>;

/** Sets `value` at `name`; undefined removes it. */
export const withValue = (given: Given, name: string, value: unknown): Given => {
  const { [name]: _before, ...rest } = given;
  if (value === undefined) return rest;
  // Key order is kept: the JSON view must not jump.
  return Object.hasOwn(given, name)
    ? Object.fromEntries(Object.entries(given).map(([key, old]) => [key, key === name ? value : old]))
    : { ...given, [name]: value };
};

/** The value a field shows before it is set. */
export const blankOf = (field: Field): unknown => {
  switch (field.kind) {
    case 'text':
    case 'number':
      return '';
    case 'switch':
      return false;
    case 'choice':
      return field.options[0];
    case 'list':
      return [];
    case 'group':
      return completed(field.fields, {}, {});
    case 'json':
      return null;
  }
};

/** Adds values the form shows as set though untouched: required switches that are off, empty lists, groups. */
export const completed = (fields: readonly Field[], given: Given, presets: Given): Given => {
  const added: Record<string, unknown> = {};
  for (const field of fields) {
    const { name, kind, required, fallback } = field;
    const value = given[name];
    if (kind === 'group' && isGiven(value)) added[name] = completed(field.fields, value, {});
    if (value !== undefined || !required || fallback !== undefined || Object.hasOwn(presets, name)) continue;
    if (kind === 'group' || kind === 'list' || kind === 'switch') added[name] = blankOf(field);
  }
  return { ...given, ...added };
};

/** Paths of all visible fields, in display order. */
export const pathsOf = (fields: readonly Field[], value: unknown, at: string): readonly string[] =>
  fields.flatMap((field) => pathsIn(field, isGiven(value) ? value[field.name] : undefined, `${at}.${field.name}`));

const pathsIn = (field: Field, value: unknown, path: string): readonly string[] => {
  if (field.kind === 'group') return [path, ...pathsOf(field.fields, value ?? field.fallback, path)];
  if (field.kind !== 'list') return [path];
  const entries = value ?? field.fallback;
  return [path, ...(Array.isArray(entries) ? entries.flatMap((entry, index) => pathsIn(field.item, entry, `${path}.${index}`)) : [])];
};

/** The typed number, or the text itself, so that the API reports the problem instead of applying a default. */
export const numberTyped = (text: string): number | string | undefined => {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return isNumber(trimmed) && isKeptTyped(trimmed) ? Number(trimmed) : text;
};

/** Message for a number that would change when sent. */
export const inexactTyped = (text: string): string | null => {
  const trimmed = text.trim();
  return isNumber(trimmed) && !isKeptTyped(trimmed) ? `${trimmed.slice(0, 60)} ${INEXACT}` : null;
};

const isKeptTyped = (text: string): boolean => (/^0[xob]/i.test(text) ? Number.isSafeInteger(Number(text)) : isKept(text.replace(/^\+/, '')));
const isNumber = (text: string): boolean => /^[+-]?(\d|\.\d)/.test(text) && !Number.isNaN(Number(text));

/** Parses the typed JSON. */
export const jsonTyped = (text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } => {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: parseExactJson(text, 'the value') };
  } catch (error) {
    if (error instanceof InexactJsonError) return { ok: false, message: error.message };
    return { ok: false, message: `not JSON: ${(error as Error).message}` };
  }
};

/** A value on one line, for "default: …" and lists of choices. */
export const inOneLine = (value: unknown): string => (typeof value === 'string' ? (value === '' ? '""' : value) : (JSON.stringify(value) ?? ''));

export const isGiven = (value: unknown): value is Given => typeof value === 'object' && value !== null && !Array.isArray(value);
