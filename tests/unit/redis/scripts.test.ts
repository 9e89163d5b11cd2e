/** The assembled Lua: it parses, and leaks no global. */
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';
import luaparse from 'luaparse';
import { describe, expect, test } from 'vitest';

const ALLOWED = new Set(['KEYS', 'ARGV', 'redis', 'cjson', 'string', 'math', 'table', 'tonumber', 'pairs', 'ipairs', 'unpack']);

const globalsOf = (lua: string): string[] => {
  const ast = luaparse.parse(lua, { scope: true, luaVersion: '5.1' }) as unknown as { globals: { name: string }[] };
  return ast.globals.map(({ name }) => name).filter((name) => !ALLOWED.has(name));
};

describe.each(Object.entries(SCRIPTS))('%s', (_name, { lua }) => {
  test('leaks no global', () => {
    expect(globalsOf(lua)).toEqual([]);
  });
});

test('a leaked global is found', () => {
  expect(globalsOf('local a = 1\nleaked = a')).toEqual(['leaked']);
});
