/** Puts the Lua scripts, with their includes resolved, into one TypeScript file: nothing is read from disk at run time. */
import { readFile, readdir } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../packages/core/src/redis');
const SCRIPTS = path.join(ROOT, 'scripts');

export const files = async () => {
  const names = (await readdir(SCRIPTS)).filter((name) => name.endsWith('.lua')).sort();
  const entries = await Promise.all(names.map(async (name) => [name.slice(0, -4), await assemble(name)]));
  const body = entries.map(
    ([name, lua]) => `  ${name}: {\n    sha: '${createHash('sha1').update(lua).digest('hex')}',\n    lua: ${JSON.stringify(lua)},\n  },`,
  );
  const content = `// Generated from scripts/*.lua by \`npm run generate\`; do not edit.\nexport const SCRIPTS = {\n${body.join('\n')}\n} as const;\n`;
  return [{ path: 'packages/core/src/redis/scripts.generated.ts', content }];
};

/**
 * A script is its includes, then its lazy functions, then its own lines. `@lazy name(args) file tail` declares a function whose body is
 * the file (less what the script includes anyway) and the tail: the functions in it are made only when it is called, which most calls never do.
 */
const assemble = async (name) => {
  const seen = new Set();
  const lazies = [];
  const { includes, own } = await read(path.join(SCRIPTS, name), seen, lazies);
  const bodies = await Promise.all(
    lazies.map(async ({ name: lazy, args, file, tail }) => {
      const inner = await read(path.join(SCRIPTS, file), new Set(seen), []);
      return [`${lazy} = function${args}`, ...inner.includes, ...inner.own, tail, 'end'];
    }),
  );
  return [...includes, ...bodies.flat(), ...own].filter((line) => line.trim() !== '').join('\n');
};

const read = async (file, seen, lazies) => {
  if (seen.has(file)) return { includes: [], own: [] };
  seen.add(file);
  const includes = [];
  const own = [];
  for (const line of (await readFile(file, 'utf8')).replace(/--\[\[[\s\S]*?\]\]\n/, '').split('\n')) {
    const include = /^-- @include (\S+)$/.exec(line);
    const lazy = /^-- @lazy (\w+)(\(.*?\)) (\S+) (.+)$/.exec(line);
    if (include) {
      const inner = await read(path.join(SCRIPTS, include[1]), seen, lazies);
      includes.push(...inner.includes, ...inner.own);
    } else if (lazy) {
      own.push(`local ${lazy[1]}`);
      lazies.push({ name: lazy[1], args: lazy[2], file: lazy[3], tail: lazy[4] });
    } else if (!/^\s*--/.test(line)) own.push(line);
  }
  return { includes, own };
};
