import { expect, test } from 'vitest';
import { outputJsonOf } from '../../../packages/core/src/handlers/stage-output.ts';

const jsonOf = (output: unknown) => outputJsonOf(output, { required: [], schema: null });

test.each([
  [{ a: { b: Number.NaN } }, 'output.a.b: NaN is not a number that JSON has'],
  [Number.NEGATIVE_INFINITY, 'output: -Infinity is not a number that JSON has'],
  [[1, undefined], 'output.1: is undefined'],
  [{ a: new Map([[1, 2]]) }, 'output.a: is a Map'],
  [{ a: new Date(Number.NaN) }, 'output.a: is an invalid date'],
  [{ a: 1n }, 'the output has no JSON form'],
])('what JSON cannot say is not turned into something else: %o', (output, says) => {
  expect(() => jsonOf(output)).toThrow(says);
});

test('null, an empty object, an absent field and a date are what they were', () => {
  expect(jsonOf(undefined)).toBe('null');
  expect(jsonOf({ a: null, b: {}, c: undefined, d: new Date(0) })).toBe('{"a":null,"b":{},"d":"1970-01-01T00:00:00.000Z"}');
});
