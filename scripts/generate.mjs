/*
 * Writes every generated file, or with `--check` fails for each that is not what would be written. A generator is a
 * module in scripts/generate/ that exports `files: () => Promise<{ path, content }[]>`, paths from the root. It reads
 * the built packages: `npm run generate` builds first.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const checkOnly = process.argv.includes('--check');
/** Where files are compared or written: the repository, or the folder that a test names. */
const target = resolve(
  process.argv.slice(2).find((word) => !word.startsWith('--')) ?? fileURLToPath(new URL('..', import.meta.url)),
);
const generators = fileURLToPath(new URL('generate', import.meta.url));

let stale = 0;
let total = 0;
for (const name of readdirSync(generators)
  .filter((entry) => entry.endsWith('.mjs'))
  .sort()) {
  const { files } = await import(pathToFileURL(join(generators, name)).href);
  for (const { path, content } of await files()) {
    total += 1;
    const file = join(target, path);
    if (readOrNull(file) === content) continue;
    stale += 1;
    if (checkOnly) console.error(`${path} is not what scripts/generate/${name} makes: run npm run generate`);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      console.log(`wrote ${path}`);
    }
  }
}
if (total === 0) console.error('no generator made a file');
else console.log(`${total} generated files, ${stale} ${checkOnly ? 'stale' : 'written'}`);
process.exit(total === 0 || (checkOnly && stale > 0) ? 1 : 0);

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
