import type { JsonSchema } from '../domain/index.ts';
import { type Fields, kindOf, type Reading } from './fields.ts';
import { problemsOfSchema } from './json-schema.ts';
import { isMap } from './source.ts';
import { isZod, schemaOfZod } from './zod-schema.ts';

/** A field that holds a zod schema or a JSON Schema; null when it is absent or cannot be used. */
export const readSchema = (reading: Reading, fields: Fields, field: string): JsonSchema | null => {
  const value = fields.raw(field);
  if (value === null) return null;
  if (isZod(value)) return fromZod(fields, field, value);
  if (!isMap(value)) return fields.wrong(field, `must be a JSON Schema, not ${kindOf(value)}`);
  const problems = problemsOfSchema(value);
  for (const problem of problems) reading.problems.add([...fields.at(field), ...problem.path], problem.message);
  return problems.length === 0 ? value : null;
};

const fromZod = (fields: Fields, field: string, value: Parameters<typeof schemaOfZod>[0]): JsonSchema | null => {
  try {
    return schemaOfZod(value);
  } catch (error) {
    return fields.wrong(field, (error as Error).message);
  }
};

/** As `readSchema`, for params: always of an object. */
export const readParamsSchema = (reading: Reading, fields: Fields): JsonSchema | null => {
  const schema = readSchema(reading, fields, 'params');
  if (schema === null || schema['type'] === 'object') return schema;
  if (schema['type'] === undefined) return { type: 'object', ...schema };
  return fields.wrong('params', `must be a schema of "type": "object", not ${JSON.stringify(schema['type'])}`);
};
