/** Puts the Lua scripts, with their includes resolved, into one TypeScript file: nothing is read from disk at run time. */
import { readFile, readdir } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../packages/core/src/redis');
const SCRIPTS = path.join(ROOT, 'scripts');

export const files = async () => {
  const names = (await readdir(SCRIPTS)).filter((name) => name.endsWith('.lua')).sort();
  const entries = await Promise.all(names.map(async (name) => [name.slice(0, -4), await resolve(path.join(SCRIPTS, name), new Set())]));
  const body = entries.map(
    ([name, lua]) => `  ${name}: {\n    sha: '${createHash('sha1').update(lua).digest('hex')}',\n    lua: ${JSON.stringify(lua)},\n  },`,
  );
  const content = `// Generated from scripts/*.lua by \`npm run generate\`; do not edit.\nexport const SCRIPTS = {\n${body.join('\n')}\n} as const;\n`;
  return [{ path: 'packages/core/src/redis/scripts.generated.ts', content }];
};

const resolve = async (file, seen) => {
  if (seen.has(file)) return '';
  seen.add(file);
  const lines = (await readFile(file, 'utf8')).replace(/--\[\[[\s\S]*?\]\]\n/, '').split('\n');
  const out = [];
  for (const line of lines) {
    const include = /^-- @include (\S+)$/.exec(line);
    if (include) out.push(await resolve(path.join(SCRIPTS, include[1]), seen));
    else if (!/^\s*--/.test(line)) out.push(line);
  }
  return out.filter((line) => line.trim() !== '').join('\n');
};
