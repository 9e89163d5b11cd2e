import type { Random } from '../random.ts';
import { hostileText } from './texts.ts';

/** JSON as it stands in a body: for what no value of JavaScript is written as. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** As `JSON.stringify`, and a `RawJson` as it is. */
export const writeJson = (value: unknown): string => {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}:${writeJson(inner)}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
};

const RAW: readonly string[] = [
  '1e400',
  '-1e400',
  '1E+309',
  '-0',
  '-0.0',
  '0.1e-400',
  '9007199254740993',
  '12345678901234567890',
  '0.30000000000000004441',
  '1.0000000000000000001',
  'NaN',
  'Infinity',
  'undefined',
  '01',
  '+1',
  '.5',
  '0x10',
  "'single'",
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"\\x41"',
  '"\t"',
  '{"a":1,"a":2}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toJSON":1}',
  '{"then":1}',
  '{"length":1e9}',
  '{"$ref":"#"}',
  '[1,]',
  '{,}',
  '// comment\n1',
];

/** About the limit, and far beyond what a recursion takes. */
const DEPTHS = [98, 99, 100, 101, 102, 1_000, 4_112, 5_000, 20_000];
const SHAPES: readonly (readonly [string, string, string])[] = [
  ['[', '1', ']'],
  ['{"a":', '1', '}'],
  ['[{"a":', 'null', '}]'],
  ['{"__proto__":', '{}', '}'],
  ['[', '', ''],
  ['{"a":', '', ''],
];

/** Nested, whole or cut off. */
export const nestedJson = (random: Random): RawJson => {
  const [open, inner, close] = random.pick(SHAPES);
  const depth = random.chance(0.02) ? random.pick([60_000, 100_000]) : random.pick(DEPTHS);
  return new RawJson(open.repeat(depth) + inner + close.repeat(depth));
};

/** Any JSON, and nearly JSON. */
export const hostileJson = (random: Random): unknown => {
  switch (random.below(10)) {
    case 0:
      return new RawJson(random.pick(RAW));
    case 1:
      return nestedJson(random);
    case 2:
      return random.pick([null, true, false, 0, -1, 1.5, 1e21, 2 ** 53, -(2 ** 63)]);
    case 3:
      return random.pick([[], {}, [[]], [null], [hostileText(random)], { '': '' }]);
    case 4:
      return { [hostileText(random)]: hostileText(random) };
    case 5:
      return Array.from({ length: random.pick([2, 33, 1_001]) }, () => random.pick([0, '', null, 'x']));
    case 6:
      return Object.fromEntries(
        Array.from({ length: random.pick([2, 33, 500]) }, (_, at) => [`key${at}`, random.pick([0, '', null, 'x'])]),
      );
    default:
      return hostileText(random);
  }
};
