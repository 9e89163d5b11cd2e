import { expect, test } from 'vitest';
import { outputJsonOf } from '../../../packages/core/src/handlers/stage-output.ts';

const jsonOf = (output: unknown) => outputJsonOf(output, { required: [], schema: null });

const circle: Record<string, unknown> = {};
circle['itself'] = circle;
const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

test.each([
  [{ a: { b: Number.NaN } }, 'output.a.b: NaN cannot be kept exactly: send it as a text'],
  [Number.NEGATIVE_INFINITY, 'output: -Infinity cannot be kept exactly: send it as a text'],
  [[1, undefined], 'output.1: is undefined'],
  [{ a: new Map([[1, 2]]) }, 'output.a: is a Map'],
  [{ a: new Date(Number.NaN) }, 'output.a: is an invalid date'],
  [{ a: [{ b: 1n }] }, 'output.a.0.b: 1 cannot be kept exactly: send it as a text'],
  [
    { a: [{ id: 9007199254740993n * 2n, n: 2 ** 53 + 2 }] },
    'output.a.0.n: 9007199254740994 cannot be kept exactly: send it as a text',
  ],
  [{ a: [2 ** 53 + 2] }, 'output.a.0: 9007199254740994 cannot be kept exactly: send it as a text'],
  [circle, 'the output has no JSON form'],
  [nested(101), 'output: is nested more than 100 levels deep'],
])('what JSON cannot say is not turned into something else: %o', (output, says) => {
  expect(() => jsonOf(output)).toThrow(says);
});

test('what no stack is deep enough for is refused by the limit, too', () => {
  expect(() => jsonOf(nested(100_000))).toThrow('output: is nested more than 100 levels deep (the limit json_depth)');
});

test('what has one spelling, and what is deep enough for anybody, is kept', () => {
  expect(jsonOf([1e20, -0.5, Number.MAX_SAFE_INTEGER, '9007199254740993'])).toBe(
    '[100000000000000000000,-0.5,9007199254740991,"9007199254740993"]',
  );
  expect(jsonOf(nested(100))).toHaveLength(201);
  expect(jsonOf(Array.from({ length: 300 }, () => ({})))).toHaveLength(901);
});

test('null, an empty object, an absent field and a date are what they were', () => {
  expect(jsonOf(undefined)).toBe('null');
  expect(jsonOf({ a: null, b: {}, c: undefined, d: new Date(0) })).toBe(
    '{"a":null,"b":{},"d":"1970-01-01T00:00:00.000Z"}',
  );
});
