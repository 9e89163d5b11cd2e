import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldsOf, needsNoParams } from '../../../apps/dashboard/src/parts/form/schema-form.ts';
import { schemaOfZod } from '../../../packages/core/src/definition/zod-schema.ts';

const kinds = (schema: object) =>
  Object.fromEntries((fieldsOf(schema as never) ?? []).map((field) => [field.name, field.kind]));
const field = (part: object, more: object = {}) => fieldsOf({ type: 'object', properties: { it: part }, ...more })![0]!;

test('what zod writes becomes fields of its kinds', () => {
  const schema = schemaOfZod(
    z.object({
      text: z.string(),
      choice: z.enum(['a', 'b']),
      count: z.int().min(1).max(9),
      share: z.number(),
      on: z.boolean(),
      tags: z.array(z.string()),
      address: z.object({ city: z.string() }),
      maybe: z.string().nullable(),
      either: z.union([z.string(), z.number()]),
      open: z.record(z.string(), z.number()),
      one: z.union([z.literal('x'), z.literal(2)]),
    }),
  );
  expect(kinds(schema)).toEqual({
    text: 'text',
    choice: 'choice',
    count: 'number',
    share: 'number',
    on: 'switch',
    tags: 'list',
    address: 'group',
    maybe: 'text',
    either: 'json',
    open: 'json',
    one: 'choice',
  });
});

test('null is an answer where the schema says so, in each way of saying it', () => {
  expect(field({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toMatchObject({ kind: 'text', nullable: true });
  expect(field({ type: ['integer', 'null'] })).toMatchObject({ kind: 'number', nullable: true });
  expect(field({ anyOf: [{ enum: ['a'] }, { type: 'null' }] })).toMatchObject({ kind: 'choice', options: ['a', null] });
  expect(field({ type: ['string', 'number'] }).kind).toBe('json');
});

test('references are followed, and one that goes round in circles ends as JSON', () => {
  const $defs = {
    name: { type: 'string', maxLength: 5 },
    tree: { type: 'object', properties: { child: { $ref: '#/$defs/tree' } } },
  };
  expect(field({ $ref: '#/$defs/name', title: 'Its name' }, { $defs })).toMatchObject({
    kind: 'text',
    title: 'Its name',
    limits: 'at most 5 characters',
  });
  expect(JSON.stringify(field({ $ref: '#/$defs/tree' }, { $defs }))).toContain('"kind":"json"');
  expect(field({ $ref: '#/$defs/self' }, { $defs: { self: { $ref: '#/$defs/self' } } }).kind).toBe('json');
  expect(field({ $ref: '#/$defs/absent' }, { $defs }).kind).toBe('json');
});

test('formats, defaults, titles and requirements are carried', () => {
  const [day, mail] = fieldsOf({
    type: 'object',
    required: ['day'],
    properties: {
      day: { type: 'string', format: 'date' },
      mail: { type: 'string', format: 'email', default: 'a@b.example', title: 'Mail' },
    },
  })!;
  expect(day).toMatchObject({ input: 'date', required: true, fallback: undefined });
  expect(mail).toMatchObject({ input: 'email', required: false, fallback: 'a@b.example', title: 'Mail' });
  expect(field({ type: 'string', format: 'toString' })).toMatchObject({ input: 'text' });
});

test('limits are put into words, and only those that say something', () => {
  expect(field({ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }).limits).toBe(
    'a whole number',
  );
  expect(field({ type: 'number', exclusiveMinimum: 0, maximum: 1 }).limits).toBe('more than 0 and at most 1');
  expect(field({ type: 'string', minLength: 1 }).limits).toBe('not empty');
  expect(field({ type: 'array', items: {}, minItems: 2, maxItems: 2 }).limits).toBe('exactly 2 entries');
});

test('a schema that names no params is one JSON text', () => {
  expect(fieldsOf({ type: 'object' })).toBeNull();
  expect(fieldsOf({ type: 'object', additionalProperties: true })).toBeNull();
  expect(fieldsOf({})).toBeNull();
});

test('a run can start at once when everything required has a default', () => {
  expect(needsNoParams(null)).toBe(true);
  expect(needsNoParams({ type: 'object', properties: { a: { type: 'string' } } })).toBe(true);
  expect(needsNoParams({ required: ['a'], properties: { a: { default: 1 } } })).toBe(true);
  expect(needsNoParams({ required: ['a'], properties: { a: { type: 'string' } } })).toBe(false);
  expect(needsNoParams({ required: ['a'] })).toBe(false);
});
