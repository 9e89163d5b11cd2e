/** Puts the Lua scripts, with their includes resolved, into one TypeScript file: nothing is read from disk at run time. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SIGNATURES } from '../../packages/core/dist/redis/layout/index.js';
import { assemble } from './lua/assemble.mjs';
import { signatureOf } from './lua/signature.mjs';

const SCRIPTS = path.resolve(import.meta.dirname, '../../packages/core/src/redis/scripts');

export const files = async () => {
  const sources = (await readdir(SCRIPTS)).filter((name) => name.endsWith('.lua')).map((name) => name.slice(0, -4));
  const strays = sources.filter((name) => !(name in SIGNATURES));
  if (strays.length > 0) throw new Error(`not in layout/signatures.ts: ${strays.join(', ')}`);
  const scripts = await Promise.all(Object.entries(SIGNATURES).map(async ([name, row]) => ({ name, ...(await assemble(SCRIPTS, name, signatureOf(row))) })));
  return [{ path: 'packages/core/src/redis/scripts.generated.ts', content: textsOf(scripts) }];
};

const textsOf = (scripts) => {
  const body = scripts.map(
    ({ name, lua }) => `  ${name}: {\n    sha: '${createHash('sha1').update(lua).digest('hex')}',\n    lua: ${JSON.stringify(lua)},\n  },`,
  );
  return `// Generated from scripts/*.lua by \`npm run generate\`; do not edit.\nexport const SCRIPTS = {\n${body.join('\n')}\n} as const;\n`;
};
