import type { JsonSchema } from '../domain/index.ts';
import { isMap } from './source.ts';

const namesOf = new WeakMap<JsonSchema, ReadonlySet<string>>();

/** The names that a params schema allows, or null for any. Params are closed unless the schema opens them. */
export const closedNames = (schema: JsonSchema | null): ReadonlySet<string> | null => {
  if (schema === null) return new Set();
  if (!isMap(schema['properties']) || COMPOSED.some((keyword) => keyword in schema)) return null;
  if (schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== false) return null;
  const known = namesOf.get(schema) ?? new Set(Object.keys(schema['properties']));
  namesOf.set(schema, known);
  return known;
};
/** Keywords that may introduce further names. */
export const COMPOSED = ['patternProperties', 'allOf', 'anyOf', 'oneOf', '$ref'];

/** The schema of one param, if it is a plain one. */
export const propertyOf = (schema: JsonSchema | null, name: string): JsonSchema | null => {
  const properties = schema?.['properties'];
  const property = isMap(properties) && Object.hasOwn(properties, name) ? properties[name] : null;
  return isMap(property) ? property : null;
};
