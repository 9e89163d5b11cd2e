/** Puts the Lua scripts, with their includes resolved, into TypeScript files: nothing is read from disk at run time. */
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
  const scripts = await Promise.all(
    Object.entries(SIGNATURES).map(async ([name, row]) => ({
      name,
      ...(await assemble(SCRIPTS, name, signatureOf(row))),
    })),
  );
  return [
    { path: 'packages/core/src/redis/scripts.generated.ts', content: textsOf(scripts) },
    { path: 'packages/core/src/redis/script-lines.generated.ts', content: linesOf(scripts) },
  ];
};

/**
 * The source of each line of a script: "5 lib/clock.lua:7" means that from line 5 on, lines are those of that file from
 * its line 7 on.
 */
const linesOf = (scripts) => {
  const body = scripts.map(({ name, origins }) => {
    const sections = `'${sectionsOf(origins).join(',')}',`;
    return `  ${name}:${`  ${name}: ${sections}`.length > 120 ? '\n    ' : ' '}${sections}`;
  });
  return `// Generated from scripts/*.lua by \`npm run generate\`; do not edit.\nexport const SCRIPT_LINES: Readonly<Record<string, string>> = {\n${body.join('\n')}\n};\n`;
};

const sectionsOf = (origins) =>
  origins.flatMap((origin, at) => {
    const [file, line] = origin.split(':');
    return origins[at - 1] === `${file}:${line - 1}` ? [] : [`${at + 1} ${origin}`];
  });

const textsOf = (scripts) => {
  const body = scripts.map(
    ({ name, lua }) =>
      `  ${name}: {\n    sha: '${createHash('sha1').update(lua).digest('hex')}',\n    lua: ${JSON.stringify(lua)},\n  },`,
  );
  return `// Generated from scripts/*.lua by \`npm run generate\`; do not edit.\nexport const SCRIPTS = {\n${body.join('\n')}\n} as const;\n`;
};
