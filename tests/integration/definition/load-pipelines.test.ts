import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPipelines } from '@millrace/core/definition';
import { afterEach, beforeEach, expect, test } from 'vitest';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const core = fileURLToPath(new URL('../../../packages/core/src/index.ts', import.meta.url));
const yaml = (name: string) => `name: ${name}\nstages: { a: { run: { command: [x] } } }\n`;
const write = async (files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true });
    await writeFile(join(dir, name), text);
  }
};
const load = async (...patterns: string[]) => {
  const { loaded, problems } = await loadPipelines(patterns, dir);
  return { loaded, names: loaded.map(({ pipeline }) => pipeline.name), problems: problems.map(({ message }) => message) };
};

test('folders, files and globs; not in node_modules or dist', async () => {
  await write({
    'p/a.pipeline.yaml': yaml('a'),
    'p/deep/b.pipeline.yml': yaml('b'),
    'p/node_modules/c.pipeline.yaml': yaml('c'),
    'p/dist/d.pipeline.yaml': yaml('d'),
    'q/e.pipeline.yaml': yaml('e'),
    'p/other.yaml': 'x',
  });
  expect(await load('p')).toMatchObject({ names: ['a', 'b'], problems: [] });
  expect(await load('*/*.pipeline.yaml', 'q')).toMatchObject({ names: ['a', 'e'], problems: [] });
  expect(await load('p/deep/b.pipeline.yml')).toMatchObject({ names: ['b'] });
});

test('a folder whose YAML files are called otherwise is told, and an empty one is not', async () => {
  await write({ 'p/render.yaml': yaml('render'), 'p/deep/encode.yml': yaml('encode'), 'q/readme.txt': 'x' });
  expect(await load('p')).toMatchObject({
    names: [],
    problems: [expect.stringMatching(/^p: nothing in this folder is called <name>\.pipeline\.ts, .*; \S+ and 1 more are not read$/)],
  });
  expect(await load('q')).toMatchObject({ names: [], problems: [] });
});

test('a TypeScript file runs as it is, with its own modules beside it', async () => {
  await write({
    'rows.ts': 'export const rows: number = 3;',
    'ts.pipeline.ts': `import { definePipeline } from ${JSON.stringify(core)};\nimport { rows } from './rows.ts';\nexport default definePipeline('ts').stage('a', { run: async (ctx): Promise<{ rows: number; dir: string }> => ({ rows, dir: ctx.dir }) });`,
  });
  const { loaded, problems } = await load('.');
  expect(problems).toEqual([]);
  expect(loaded[0]).toMatchObject({ dir, file: join(dir, 'ts.pipeline.ts'), pipeline: { stages: [{ name: 'a', handler: { kind: 'function' } }] } });
  expect(await loaded[0]!.handlers.get('a' as never)!({ dir } as never)).toEqual({ rows: 3, dir });
});

test('one bad file does not stop the others, and each says what is wrong and where', async () => {
  await write({
    'good.pipeline.yaml': yaml('good'),
    'bad.pipeline.yaml': 'name: bad\nstages:\n  a: { depends_on: [b], run: { command: [x] } }\n',
    'syntax.pipeline.ts': 'export default {{{',
    'throws.pipeline.mjs': 'throw new Error("at import")',
    'empty.pipeline.js': 'export const x = 1;',
  });
  const { names, problems } = await load('.', 'nowhere');
  expect(names).toEqual(['good']);
  expect(problems).toEqual([
    'nowhere: there is no such file or folder',
    expect.stringMatching(/^bad\.pipeline\.yaml:3:\d+: stage "a" depends on "b"/),
    expect.stringMatching(/^empty\.pipeline\.js: .*export default definePipeline/),
    expect.stringMatching(/^syntax\.pipeline\.ts: the file could not be loaded/),
    expect.stringMatching(/^throws\.pipeline\.mjs: the file could not be loaded: at import/),
  ]);
});

test('two files with one pipeline name: both are named, neither is loaded', async () => {
  await write({ 'one.pipeline.yaml': yaml('same'), 'two.pipeline.yaml': yaml('same'), 'other.pipeline.yaml': yaml('other') });
  expect(await load('.')).toMatchObject({
    names: ['other'],
    problems: ['pipeline "same" is defined in one.pipeline.yaml and two.pipeline.yaml: give each its own name'],
  });
});

// Root may read any folder.
test.skipIf(process.getuid?.() === 0)('a folder that may not be read is a problem with its path', async () => {
  await mkdir(join(dir, 'closed'), { mode: 0o000 });
  expect(await load('closed')).toMatchObject({ problems: ['closed: the folder may not be read'] });
  await chmod(join(dir, 'closed'), 0o700);
});
