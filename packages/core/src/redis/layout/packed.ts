/** The records of records.ts in TypeScript. */
import { decode, encode, type Fields, type Values } from './fields.ts';
import type { Codes, HashRecord, PackedRecord } from './records.ts';

/** The fields of a hash, or codes, by their names, as Redis has them. */
export const storedNames = <R extends HashRecord | Codes>({ fields }: R) =>
  Object.fromEntries(Object.entries(fields).map(([name, { stored }]) => [name, stored])) as {
    readonly [Name in keyof R['fields']]: R['fields'][Name]['stored'];
  };

export const pack = <F extends Fields>({ fields, separators }: PackedRecord<F>, values: Values<F>): string =>
  Object.entries(fields)
    .map(([name, field], at) => `${encode(field, values[name as keyof F])}${separators[at] ?? ''}`)
    .join('');

/** Fields that the text does not have (optional ones at the end) are what '' stands for. */
export const unpack = <F extends Fields>({ fields, separators }: PackedRecord<F>, packed: string): Values<F> => {
  let rest = packed;
  const values: Record<string, unknown> = {};
  for (const [at, [name, field]] of Object.entries(fields).entries()) {
    const separator = separators[at];
    const end = separator === undefined ? -1 : rest.indexOf(separator);
    values[name] = decode(field, end < 0 ? rest : rest.slice(0, end));
    rest = end < 0 ? '' : rest.slice(end + 1);
  }
  return values as Values<F>;
};

/** Several with blanks between them. */
export const unpackEach = <F extends Fields>(record: PackedRecord<F>, packed: string): readonly Values<F>[] =>
  packed === '' ? [] : packed.split(' ').map((one) => unpack(record, one));

/** Where each field stands in a JSON array. */
export const placesOf = <F extends Fields>(fields: F): { readonly [Name in keyof F]: number } =>
  Object.fromEntries(Object.keys(fields).map((name, at) => [name, at])) as { [Name in keyof F]: number };
