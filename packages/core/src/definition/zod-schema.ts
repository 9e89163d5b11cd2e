import { z } from 'zod';
import { type JsonSchema, problemsOfValue } from '../domain/index.ts';

/** A zod schema, even from another copy of zod. */
export const isZod = (value: unknown): value is z.ZodType =>
  typeof value === 'object' && value !== null && '_zod' in value;

/**
 * The JSON Schema of a zod schema, which the API, the CLI and other languages check. Features that JSON Schema lacks
 * (transforms, refinements, dates) would silently go unchecked there, so they are refused.
 * @throws Error naming the unsupported feature
 */
export const schemaOfZod = (schema: z.ZodType): JsonSchema => {
  z.toJSONSchema(schema, { io: 'output', override: ({ zodSchema }) => refuseUncarried(zodSchema) });
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return JSON.parse(JSON.stringify(json)) as JsonSchema;
};

const UNCARRIED_TYPES: Readonly<Record<string, string>> = {
  pipe: 'a pipe, preprocess or codec',
  transform: 'a transform',
  catch: 'a catch',
};
const UNCARRIED_CHECKS: Readonly<Record<string, string>> = {
  custom: 'a refinement',
  overwrite: 'a text change such as trim()',
};

const refuseUncarried = (schema: z.core.$ZodType): void => {
  refuseInexact(schema);
  const { type, checks } = schema._zod.def;
  const flags = [schema._zod.def, ...(checks ?? []).map((check) => check._zod.def)]
    .map(flagsOf)
    .find((set) => set !== '');
  if (flags !== undefined)
    throw new Error(
      `a regular expression with the flag "${flags[0]!}" cannot be carried in JSON Schema: write it out, as in [Aa]`,
    );
  const found =
    UNCARRIED_TYPES[type] ??
    checks?.map((check) => UNCARRIED_CHECKS[check._zod.def.check]).find((name) => name !== undefined);
  if (found) throw new Error(`${found} cannot be carried in JSON Schema: check it inside a stage`);
};

/** Flags that change the meaning of an expression; JSON Schema has none. */
const flagsOf = (def: object): string =>
  'pattern' in def && def.pattern instanceof RegExp ? def.pattern.flags.replace(/[^ims]/g, '') : '';

/** Defaults and constants: JSON Schema would turn NaN or a date into null or a string. */
const refuseInexact = ({ _zod: { def } }: z.core.$ZodType): void => {
  const { defaultValue, values } = def as { readonly defaultValue?: unknown; readonly values?: readonly unknown[] };
  const [kind, value] = def.type === 'literal' ? ['constant', values] : ['default', defaultValue];
  const [first] = problemsOfValue(value);
  if (!first) return;
  const path = def.type === 'literal' ? first.path.slice(1) : first.path;
  throw new Error(
    `has a ${kind} that JSON cannot carry: ${path.length > 0 ? `${path.join('.')}: ` : ''}${first.message}`,
  );
};
