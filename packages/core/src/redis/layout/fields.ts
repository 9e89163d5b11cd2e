/** The kinds of value that scripts, records and their callers exchange: all of them are text in Redis. */
export interface Field<T = unknown> {
  readonly kind: Kind;
  /** Empty text stands for null. */
  readonly optional: boolean;
  readonly says: string;
  /** Only for the compiler: what a caller in TypeScript gives or gets. */
  readonly value?: T;
}

type Kind = 'text' | 'json' | 'number' | 'decimal' | 'ms' | 'flag' | 'ids' | 'list' | 'numbers';

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

export const decode = ({ kind, optional: mayLack }: Field, value: unknown): unknown => {
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
    default:
      return value;
  }
};
