import { describe, expect, it } from 'vitest';
import { CliError } from '../../../apps/cli/src/exit-codes.ts';
import { readParams } from '../../../apps/cli/src/read-params.ts';

const schema = {
  type: 'object',
  properties: {
    source: { type: 'string' },
    count: { type: 'integer' },
    share: { type: 'number' },
    loud: { type: 'boolean' },
    tags: { type: 'array' },
    filter: { type: 'object' },
    maybe: { type: ['number', 'null'] },
    either: { type: ['string', 'number'] },
    anything: {},
  },
};
const read = (...pairs: string[]) => readParams(pairs, schema, 'demo');
const refusal = (...pairs: string[]): CliError => {
  try {
    read(...pairs);
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('it was not refused');
};

describe('a param is what its schema says', () => {
  it.each([
    ['source=42', { source: '42' }],
    ['source=a=b', { source: 'a=b' }],
    ['source=', { source: '' }],
    ['count=42', { count: 42 }],
    ['share=-0.5', { share: -0.5 }],
    ['loud=true', { loud: true }],
    ['tags=["a",1]', { tags: ['a', 1] }],
    ['filter={"a":[1]}', { filter: { a: [1] } }],
    ['maybe=null', { maybe: null }],
    ['either=7', { either: 7 }],
    ['either=seven', { either: 'seven' }],
    ['anything=text', { anything: 'text' }],
    ['anything=[1]', { anything: [1] }],
  ])('%s', (pair, expected) => expect(read(pair)).toEqual(expected));
});

it('tells every problem at once, with the nearest name', () => {
  const { exitCode, message, details } = refusal(
    'count=1.5',
    'coutn=1',
    'loud=yes',
    'tags={}',
    'nothing',
    'count=2',
    'source=a',
    'source=b',
  );
  expect(exitCode).toBe(2);
  expect([message, ...details]).toEqual([
    '--param count: "1.5" is not a whole number',
    '--param coutn: demo has no such param; did you mean "count"?',
    '--param loud: "yes" is not true or false',
    '--param tags: "{}" is not a JSON list',
    '--param nothing: must be name=value',
    '--param source: given twice',
  ]);
});

it('a pipeline without params takes none, an open schema takes any', () => {
  expect(() => readParams(['a=1'], null, 'demo')).toThrow('has no such param');
  expect(readParams(['a=1'], { type: 'object', additionalProperties: true, properties: {} }, 'demo')).toEqual({ a: 1 });
});

it('a number that would not be kept is refused; where a text is allowed it stays one', () => {
  expect(refusal('count=9007199254740993').message).toBe(
    '--param count: 9007199254740993 cannot be kept exactly: send it as a text',
  );
  expect(refusal('filter={"a":{"b":1e400}}').message).toBe(
    '--param filter.a.b: 1e400 cannot be kept exactly: send it as a text',
  );
  expect(read('source=9007199254740993', 'either=9007199254740993')).toEqual({
    source: '9007199254740993',
    either: '9007199254740993',
  });
});
