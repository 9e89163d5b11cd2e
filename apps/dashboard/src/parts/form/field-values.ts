/** Values of a form's fields, by the way to them: "given" is what the reader said; what is not given is left to the pipeline. */
import { INEXACT, InexactJsonError, isKept, parseExactJson } from '@millrace/core/domain';
import type { Field } from './schema-form.ts';

export type Given = Readonly<Record<string, unknown>>;

/** With `value` at `name`; undefined takes the name away. */
export const withValue = (given: Given, name: string, value: unknown): Given => {
  const { [name]: _before, ...rest } = given;
  if (value === undefined) return rest;
  // The order of the names stays: the JSON beside the form must not jump.
  return Object.hasOwn(given, name)
    ? Object.fromEntries(Object.entries(given).map(([key, old]) => [key, key === name ? value : old]))
    : { ...given, [name]: value };
};

/** The answer that a field shows before anything was answered. */
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

/** With what the form shows as answered though nobody touched it: required switches that are off, lists without entries, groups. */
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

/** The ways to all fields that are shown, in the order in which they are shown. */
export const pathsOf = (fields: readonly Field[], value: unknown, at: string): readonly string[] =>
  fields.flatMap((field) => pathsIn(field, isGiven(value) ? value[field.name] : undefined, `${at}.${field.name}`));

const pathsIn = (field: Field, value: unknown, path: string): readonly string[] => {
  if (field.kind === 'group') return [path, ...pathsOf(field.fields, value ?? field.fallback, path)];
  if (field.kind !== 'list') return [path];
  const entries = value ?? field.fallback;
  return [path, ...(Array.isArray(entries) ? entries.flatMap((entry, index) => pathsIn(field.item, entry, `${path}.${index}`)) : [])];
};

/** What was typed for a number: the number, or the text itself, so that the API says what is wrong with it instead of taking a default. */
export const numberTyped = (text: string): number | string | undefined => {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return isNumber(trimmed) && isKeptTyped(trimmed) ? Number(trimmed) : text;
};

/** Of a number that would not be the one that was typed. */
export const inexactTyped = (text: string): string | null => {
  const trimmed = text.trim();
  return isNumber(trimmed) && !isKeptTyped(trimmed) ? `${trimmed.slice(0, 60)} ${INEXACT}` : null;
};

const isKeptTyped = (text: string): boolean => (/^0[xob]/i.test(text) ? Number.isSafeInteger(Number(text)) : isKept(text.replace(/^\+/, '')));
const isNumber = (text: string): boolean => /^[+-]?(\d|\.\d)/.test(text) && !Number.isNaN(Number(text));

/** JSON as typed. */
export const jsonTyped = (text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } => {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: parseExactJson(text, 'the value') };
  } catch (error) {
    if (error instanceof InexactJsonError) return { ok: false, message: error.message };
    return { ok: false, message: `not JSON: ${(error as Error).message}` };
  }
};

/** A value in one line, for "default: …" and lists of choices. */
export const inOneLine = (value: unknown): string => (typeof value === 'string' ? (value === '' ? '""' : value) : (JSON.stringify(value) ?? ''));

export const isGiven = (value: unknown): value is Given => typeof value === 'object' && value !== null && !Array.isArray(value);
