/**
 * What the reader typed, without React: the draft of a start and its request, values by path, and the fields that the
 * API's errors are about.
 */
import type { Pipeline, StartRequest } from '@millrace/client';
import { INEXACT, InexactJsonError, isKept, parseExactJson } from '@millrace/core/domain';
import type { Field } from './schema-form.ts';

export interface LabelRow {
  readonly key: string;
  readonly value: string;
}

/** State of the form before it is sent. */
export interface StartDraft {
  /** Usually an object; the JSON view allows anything, and the API validates it. */
  readonly params: unknown;
  readonly mode: string | null;
  /** Null: the mode's or the pipeline's stages. */
  readonly stages: readonly string[] | null;
  readonly labels: readonly LabelRow[];
  readonly reason: string;
}

/** Params set by the mode; explicit params override them. */
export const presetsOf = (pipeline: Pick<Pipeline, 'modes'>, mode: string | null): Given =>
  mode !== null && Object.hasOwn(pipeline.modes, mode) ? pipeline.modes[mode]!.params : {};

/** The request for the draft; label rows without a name are dropped. */
export const requestOf = (
  draft: StartDraft,
  fields: readonly Field[],
  pipeline: Pick<Pipeline, 'modes'>,
): StartRequest => {
  const params = isGiven(draft.params)
    ? completed(fields, draft.params, presetsOf(pipeline, draft.mode))
    : draft.params;
  const labels = draft.labels.filter(({ key, value }) => key.trim() !== '' || value !== '');
  return {
    ...(params === undefined ? {} : { params: params as Given }),
    ...(draft.mode === null ? {} : { mode: draft.mode }),
    ...(draft.stages === null ? {} : { stages: draft.stages }),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels.map(({ key, value }) => [key.trim(), value])) }),
    ...(draft.reason.trim() === '' ? {} : { reason: draft.reason.trim() }),
  };
};

/** Values by name. Only those the reader set are sent; the rest is left to the pipeline. */
type Given = Readonly<Record<string, unknown>>;

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
  return [
    path,
    ...(Array.isArray(entries)
      ? entries.flatMap((entry, index) => pathsIn(field.item, entry, `${path}.${index}`))
      : []),
  ];
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

const isKeptTyped = (text: string): boolean =>
  /^0[xob]/i.test(text) ? Number.isSafeInteger(Number(text)) : isKept(text.replace(/^\+/, ''));
const isNumber = (text: string): boolean => /^[+-]?(\d|\.\d)/.test(text) && !Number.isNaN(Number(text));

/** Parses the typed JSON. */
export const jsonTyped = (
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } => {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: parseExactJson(text, 'the value') };
  } catch (error) {
    if (error instanceof InexactJsonError) return { ok: false, message: error.message };
    return { ok: false, message: `not JSON: ${(error as Error).message}` };
  }
};

/** A value on one line, for "default: …" and lists of choices. */
export const inOneLine = (value: unknown): string =>
  typeof value === 'string' ? (value === '' ? '""' : value) : (JSON.stringify(value) ?? '');

export const isGiven = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface PathError {
  readonly path: string;
  readonly message: string;
}

/** Element id of a field's control. */
export const idOf = (path: string): string => `at-${path}`;

/** `paths`: of the fields shown. Each error goes to the closest field above its path; the rest are left over. */
export const placeErrors = (
  errors: readonly PathError[],
  paths: readonly string[],
): {
  readonly at: ReadonlyMap<string, readonly string[]>;
  readonly leftOver: readonly PathError[];
  readonly first: string | null;
} => {
  const at = new Map<string, string[]>();
  const leftOver: PathError[] = [];
  for (const error of errors) {
    const owner = nearest(error.path, paths);
    if (owner === null) leftOver.push(error);
    else
      at.set(owner, [
        ...(at.get(owner) ?? []),
        owner === error.path ? error.message : `${error.path.slice(owner.length + 1)}: ${error.message}`,
      ]);
  }
  return { at, leftOver, first: paths.find((path) => at.has(path)) ?? null };
};

const nearest = (path: string, paths: readonly string[]): string | null =>
  paths.reduce<string | null>(
    (best, one) => ((path === one || path.startsWith(`${one}.`)) && one.length > (best?.length ?? -1) ? one : best),
    null,
  );
