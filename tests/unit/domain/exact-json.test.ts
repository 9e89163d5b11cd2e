import { InexactJsonError, parseExactJson } from '@millrace/core/domain';
import { describe, expect, test } from 'vitest';

const problemsOf = (text: string): readonly string[] => {
  try {
    parseExactJson(text, 'body');
    return [];
  } catch (error) {
    if (!(error instanceof InexactJsonError)) throw error;
    return error.errors.map(({ path, message }) => `${path}: ${message}`);
  }
};

describe('parseExactJson', () => {
  test.each([
    ['{"id":9007199254740993}', 'body.id: 9007199254740993 cannot be kept exactly: send it as a text'],
    ['[1,{"a":[1e400]}]', 'body.1.a.0: 1e400 cannot be kept exactly: send it as a text'],
    ['-1e-400', 'body: -1e-400 cannot be kept exactly: send it as a text'],
    ['9007199254740993.0', 'body: 9007199254740993.0 cannot be kept exactly: send it as a text'],
    [
      '[0.1000000000000000055511151231257827]',
      'body.0: 0.1000000000000000055511151231257827 cannot be kept exactly: send it as a text',
    ],
    ['{"a":1,"b":{"c":1,"\\u0063":2}}', 'body.b.c: the key stands here a second time'],
    ['{"a":{"__proto__":{}}}', 'body.a.__proto__: the key "__proto__" is not allowed'],
    [`1.${'0'.repeat(500_000)}1`, `body: 1.${'0'.repeat(58)} cannot be kept exactly: send it as a text`],
    ['['.repeat(200_000) + ']'.repeat(200_000), 'body: is nested more than 100 levels deep (the limit json_depth)'],
  ])('%.60s is refused', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test.each([
    '9007199254740991',
    '-0',
    '0.0',
    '1.50',
    '1e20',
    '100000000000000000000',
    '0.10000000000000001',
    '5e-324',
    '1.7976931348623157e308',
    '{"a":"9007199254740993, {\\"b\\":1e400","b":{"a":[1,"a","a"]}}',
    '['.repeat(100) + ']'.repeat(100),
  ])('%.60s is kept', (text) => {
    expect(parseExactJson(text, 'body')).toEqual(JSON.parse(text));
  });

  test('what is not JSON is a SyntaxError', () => {
    expect(() => parseExactJson('{"a":01}', 'body')).toThrow(SyntaxError);
  });
});
