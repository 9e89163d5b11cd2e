/** The assembled Lua: it parses, leaks no global, and builds no key but from the declared root. */
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';
import luaparse from 'luaparse';
import { describe, expect, test } from 'vitest';

const ALLOWED = new Set(['KEYS', 'ARGV', 'redis', 'string', 'math', 'table', 'tonumber', 'pairs', 'ipairs', 'unpack']);

const globalsOf = (lua: string): string[] => {
  const ast = luaparse.parse(lua, { scope: true, luaVersion: '5.1' }) as unknown as { globals: { name: string }[] };
  return ast.globals.map(({ name }) => name).filter((name) => !ALLOWED.has(name));
};

describe.each(Object.entries(SCRIPTS))('%s', (_name, { lua }) => {
  test('leaks no global', () => {
    expect(globalsOf(lua)).toEqual([]);
  });

  test('every command names a key under the root', () => {
    // Each key expression begins with R, or with a variable that was made from it.
    const keys = [...lua.matchAll(/call\('([A-Z]+)', ([^,)]+)/g)].filter(([, command]) => command !== 'TIME').map(([, , key]) => key!.trim());
    const foreign = keys.filter(
      (key) => !/^(R \.\.|base|key\b|run\.key|run\.plan|plan|set\b|worker_key|ended|waiting|parent|slice|front|unpack\(gone\))/.test(key),
    );
    expect([...new Set(foreign)].filter((key) => !['next_run.key', 'queue', 'slice[n]'].includes(key) && !key.startsWith('front and'))).toEqual([]);
  });
});

test('a leaked global is found', () => {
  expect(globalsOf('local a = 1\nleaked = a')).toEqual(['leaked']);
});
