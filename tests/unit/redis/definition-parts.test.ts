/** A long definition is stored in parts, so that no script takes megabytes at once. */
import { chainOf } from '@millrace/core/testing/conformance';
import { expect, test } from 'vitest';
import { definitionFieldsOf } from '../../../packages/core/src/redis/plan.ts';

const joined = (pipeline: ReturnType<typeof chainOf>) => {
  const { first, fields } = definitionFieldsOf(pipeline);
  const { defs = '1', ...others } = fields;
  const parts = [first, ...Array.from({ length: Number(defs) - 1 }, (_, at) => others[`def.${at + 1}`]!)];
  expect(Object.keys(others)).toHaveLength(parts.length - 1);
  return { parts, stored: parts.map((part) => Buffer.from(part).toString()).join('') };
};

test('a short one is one field', () => {
  const pipeline = chainOf('short', 3);
  expect(definitionFieldsOf(pipeline)).toEqual({ first: JSON.stringify(pipeline), fields: {} });
});

test.each([0, 1])('a long one is cut between characters, shifted by %i', (shift) => {
  const pipeline = { ...chainOf('long', 3), description: 'x'.repeat(shift) + '😀'.repeat(200_000) };
  const { parts, stored } = joined(pipeline);
  expect(JSON.parse(stored)).toEqual(pipeline);
  for (const part of parts) expect(part.length).toBeLessThanOrEqual(100_001);
});
