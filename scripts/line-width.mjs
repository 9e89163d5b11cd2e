/*
 * Checks that no line is wider than 120 columns where the formatter does not reach: comments, Lua and prose. Code is
 * the formatter's; what is quoted, a table, a link and an example stay whole. `node scripts/line-width.mjs [root]`;
 * fails with one line per violation, and when it finds nothing to check.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const WIDTH = 120;
const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.millrace', 'test-results']);

const listFiles = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : listFiles(path);
    return /\.(ts|tsx|mts|mjs|lua|md)$/.test(path) && !/(\.generated|\.d)\./.test(path) ? [path] : [];
  });

const COMMENT = /^\s*(\/\/|\/?\*|\{\/\*)/;
const STAYS_WHOLE = /https?:\/\/|\]\(|`[^`]{60,}`|^-- @lazy /;

/** The numbers of the file's lines that are too wide, from 1. */
const tooWide = (file, text) => {
  const isProse = file.endsWith('.md');
  let inExample = false;
  return text.split('\n').flatMap((line, at) => {
    if (isProse && /^\s*```/.test(line)) inExample = !inExample;
    if (line.length <= WIDTH || inExample || STAYS_WHOLE.test(line)) return [];
    const counts = isProse
      ? !/^\s*\|/.test(line)
      : file.endsWith('.lua')
        ? !/['"]/.test(line.slice(WIDTH / 2))
        : COMMENT.test(line);
    return counts ? [at + 1] : [];
  });
};

const files = listFiles('');
const violations = files.flatMap((file) =>
  tooWide(file, readFileSync(join(root, file), 'utf8')).map((line) => `${file}:${line}: wider than ${WIDTH} columns`),
);
for (const violation of violations) console.error(violation);
if (files.length === 0) console.error(`line width: no files under ${root}`);
console.log(`line width: ${files.length} files, ${violations.length} violations`);
process.exit(violations.length > 0 || files.length === 0 ? 1 : 0);
