import { checkAgainst } from '@millrace/core/definition';
import { expect, test } from 'vitest';

const form = (kind: string, more: object, required: readonly string[]) => ({
  type: 'object',
  properties: { kind: { const: kind }, ...more },
  required: ['kind', ...required],
  additionalProperties: false,
});
const SCHEMA = {
  type: 'object',
  properties: {
    source: {
      oneOf: [
        form('file', { path: { type: 'string' } }, ['path']),
        form('table', { rows: { type: 'integer' } }, ['rows']),
      ],
    },
  },
};
const errorsOf = (source: unknown) => {
  const checked = checkAgainst(SCHEMA, { source }, 'params');
  return checked.ok ? [] : checked.errors.map(({ path, message }) => `${path}: ${message}`);
};

test('of a value that is one of several forms, the field of the form that it means to be is named', () => {
  expect(errorsOf({ kind: 'file', path: 'x' })).toEqual([]);
  expect(errorsOf({ kind: 'table' })).toEqual(['params.source.rows: is required']);
  expect(errorsOf({ kind: 'table', rows: 'many' })).toEqual([expect.stringMatching(/^params\.source\.rows: .*number/)]);
  for (const wrong of [{ kind: 'url' }, {}])
    expect(errorsOf(wrong)).toEqual(['params.source.kind: must be one of "file", "table"']);
  expect(errorsOf(5)).toEqual([expect.stringMatching(/^params\.source: .*expected object/)]);
});
