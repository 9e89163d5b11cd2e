import type { Random } from '../random.ts';

/** A JSON Schema, as openapi.json has it. */
export type Schema = Readonly<Record<string, unknown>>;

/** A value that fits, mostly: `known` gives those of the deployment (ids, names) by the name of their field. */
export const valueBySchema = (
  schema: Schema,
  random: Random,
  known: (name: string) => unknown,
  refs: (ref: string) => Schema,
  name = '',
  depth = 0,
): unknown => {
  const again = (inner: Schema, inside = name): unknown => valueBySchema(inner, random, known, refs, inside, depth + 1);
  if (typeof schema['$ref'] === 'string') return depth > 8 ? null : again(refs(schema['$ref']));
  const real = known(name);
  if (real !== undefined && random.chance(0.8)) return real;
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return random.pick(schema['enum'] as unknown[]);
  for (const choice of ['anyOf', 'oneOf'] as const)
    if (Array.isArray(schema[choice])) return again(random.pick(schema[choice] as Schema[]));
  const type = Array.isArray(schema['type']) ? random.pick(schema['type'] as string[]) : schema['type'];
  switch (type) {
    case 'object':
      return objectBySchema(schema, random, again);
    case 'array':
      return Array.from({ length: random.below(3) }, () => again((schema['items'] ?? {}) as Schema));
    case 'integer':
    case 'number':
      return numberBySchema(schema, random);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return textBySchema(schema, random);
  }
};

const objectBySchema = (
  schema: Schema,
  random: Random,
  again: (inner: Schema, name?: string) => unknown,
): Record<string, unknown> => {
  const required = new Set((schema['required'] as string[] | undefined) ?? []);
  const fields = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).filter(
    ([name]) => required.has(name) || random.chance(0.4),
  );
  const free = schema['additionalProperties'];
  const more =
    free !== null && typeof free === 'object' && random.chance(0.5)
      ? [[random.pick(['a', 'team', 'source']), again(free as Schema)]]
      : [];
  return Object.fromEntries([...fields.map(([name, inner]) => [name, again(inner, name)]), ...more]) as Record<
    string,
    unknown
  >;
};

const numberBySchema = (schema: Schema, random: Random): number => {
  const low = Number(schema['minimum'] ?? 0);
  const high = Math.min(Number(schema['maximum'] ?? 1_000), low + 1_000);
  return random.pick([low, high, low + random.below(Math.max(1, high - low))]);
};

const textBySchema = (schema: Schema, random: Random): string => {
  if (schema['format'] === 'date-time') return random.pick(['2026-01-01T00:00:00Z', '2026-11-30T12:00:00.123+02:00']);
  return random.pick(['x', 'abc', 'UTC', '*/15 * * * *', '5m', '1', 'plain', 'desc']);
};
