import { INEXACT, type JsonSchema, problemsOfValue, TOO_DEEP } from '../domain/index.ts';
import { type Fields, kindOf, type Reading } from './fields.ts';
import { problemsOfCheck, problemsOfSchema } from './json-schema.ts';
import { isMap } from './source.ts';
import { closed } from './validate-params.ts';
import { isZod, schemaOfZod } from './zod-schema.ts';

/** A field with a zod schema or a JSON Schema; null when absent or unusable. */
export const readSchema = (
  reading: Reading,
  fields: Fields,
  field: string,
  strict = (schema: JsonSchema): JsonSchema => schema,
): JsonSchema | null => {
  const value = fields.raw(field);
  if (value === null) return null;
  const schema = isZod(value) ? fromZod(fields, field, value) : value;
  if (schema === null) return null;
  if (!isMap(schema)) return fields.wrong(field, `must be a JSON Schema, not ${kindOf(schema)}`);
  // zod's output has keywords of its own.
  const problems = isZod(value)
    ? problemsOfCheck(strict(schema), reading.effort)
    : problemsOfSchema(strict(schema), reading.effort);
  for (const problem of problems) reading.problems.add([...fields.at(field), ...problem.path], problem.message);
  return problems.length === 0 ? schema : null;
};

const fromZod = (fields: Fields, field: string, value: Parameters<typeof schemaOfZod>[0]): JsonSchema | null => {
  try {
    const schema = schemaOfZod(value);
    return problemsOfValue(schema).some(({ message }) => message === TOO_DEEP) ? fields.wrong(field, TOO_DEEP) : schema;
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof RangeError) return fields.wrong(field, TOO_DEEP);
    return fields.wrong(field, /BigInt/.test(message) ? `${message}; a BigInt ${INEXACT}` : message);
  }
};

/** Like `readSchema`, for params, whose schema must describe an object. */
export const readParamsSchema = (reading: Reading, fields: Fields): JsonSchema | null => {
  // Defaults are checked as strictly as given values.
  const schema = readSchema(reading, fields, 'params', closed);
  if (schema === null || schema['type'] === 'object') return schema;
  if (schema['type'] === undefined) return { type: 'object', ...schema };
  return fields.wrong('params', `must be a schema of "type": "object", not ${JSON.stringify(schema['type'])}`);
};
