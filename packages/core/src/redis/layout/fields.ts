/** The kinds of value that scripts, records and their callers exchange: all of them are text in Redis. */
export interface Field<T = unknown> {
  readonly kind: Kind;
  /** Empty text stands for null. */
  readonly optional: boolean;
  readonly says: string;
  /** Of a row, or of each of several. */
  readonly of?: Fields;
  /** Only for the compiler: what a caller in TypeScript gives or gets. */
  readonly value?: T;
}

type Kind = 'text' | 'json' | 'number' | 'decimal' | 'ms' | 'flag' | 'ids' | 'list' | 'numbers' | 'row' | 'rows';

const field =
  <Default>(kind: Kind) =>
  <T = Default>(says: string): Field<NoInfer<T>> => ({ kind, optional: false, says });

export const text = field<string>('text');
/** Any value, written as JSON. */
export const json = field<unknown>('json');
export const number = field<number>('number');
/** The same, but not always a whole one. */
export const decimal = field<number>('decimal');
/** Milliseconds: an instant since 1970, or a duration. */
export const ms = field<number>('ms');
/** '1' or '0'; in a reply '' is false too. */
export const flag = field<boolean>('flag');
/** Ids separated by blanks. */
export const ids = field<readonly string[]>('ids');
/** Replies only: an array of texts, and one of numbers. */
export const list = field<readonly string[]>('list');
export const numbers = field<readonly number[]>('numbers');

/** Replies only: a list record (records.ts), and as many of them as there are. */
export const row = <F extends Fields>(record: { readonly fields: F }, says: string): Field<Values<F>> => ({
  ...text<never>(says),
  kind: 'row',
  of: record.fields,
});
export const rows = <F extends Fields>(record: { readonly fields: F }, says: string): Field<readonly Values<F>[]> => ({
  ...text<never>(says),
  kind: 'rows',
  of: record.fields,
});

export const optional = <T>(of: Field<T>): Field<T | null> => ({ ...of, optional: true });

export type Fields = Readonly<Record<string, Field>>;
export type Values<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

/** The name of a field in Lua. */
export const luaName = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const encode = ({ kind, optional: mayLack }: Field, value: unknown): string | number => {
  if (mayLack && value === null) return '';
  if (kind === 'json') return JSON.stringify(value);
  if (kind === 'flag') return value === true ? '1' : '0';
  return value as string | number;
};

export const decode = ({ kind, optional: mayLack, of }: Field, value: unknown): unknown => {
  if (mayLack && value === '') return null;
  switch (kind) {
    case 'number':
    case 'decimal':
    case 'ms':
      return Number(value);
    case 'flag':
      return value === 1 || value === '1';
    case 'ids':
      return value === '' ? [] : (value as string).split(' ');
    case 'json':
      return JSON.parse(value as string);
    case 'row':
      return decodeAll(of!, value as readonly unknown[]);
    case 'rows':
      return (value as readonly (readonly unknown[])[]).map((one) => decodeAll(of!, one));
    default:
      return value;
  }
};

/** The values of an array, in the order of the fields. */
export const decodeAll = (fields: Fields, values: readonly unknown[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).map(([name, field], at) => [name, decode(field, values[at])]));
