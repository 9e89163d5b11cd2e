import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
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
const load = (...patterns: string[]) => loadWith(true, patterns);
const loadWith = async (handlers: boolean, patterns: string[]) => {
  const { loaded, problems } = await loadPipelines(patterns, dir, { limitMs: 5_000, handlers });
  return {
    loaded,
    names: loaded.map(({ pipeline }) => pipeline.name),
    problems: problems.map(({ message }) => message),
  };
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
    problems: [
      expect.stringMatching(
        /^p: nothing in this folder is called <name>\.pipeline\.ts, .*; \S+ and 1 more are not read$/,
      ),
    ],
  });
  expect(await load('q')).toMatchObject({ names: [], problems: [] });
});

test('a name or a glob that matches nothing says so; what is reached by a link as well is one file', async () => {
  await write({ 'releases/1/a.pipeline.yaml': yaml('a'), 'b.pipeline.yaml': yaml('b'), 'c.yaml': 'x' });
  await symlink('releases/1', join(dir, 'current'));
  await symlink('.', join(dir, 'circle'));
  await symlink('b.pipeline.yaml', join(dir, 'z.pipeline.yaml'));
  const { loaded, problems } = await loadPipelines(['.', 'current'], dir);
  expect(problems).toEqual([]);
  expect(loaded.map(({ file }) => file)).toEqual([
    join(dir, 'b.pipeline.yaml'),
    join(dir, 'releases/1/a.pipeline.yaml'),
  ]);
  expect((await loadPipelines(['current'], dir)).loaded[0]).toMatchObject({ dir: join(dir, 'current') });
  expect(await load('none/*.yaml', '{x,y}.pipeline.ts', '*.yaml', 'c*.yaml', 'b.pipeline.yaml/x')).toMatchObject({
    names: ['b'],
    problems: [
      'none/*.yaml: matches no file',
      '{x,y}.pipeline.ts: matches no file',
      expect.stringMatching(/^c\*\.yaml: none of the files that it matches \(1\) is called <name>/),
      'b.pipeline.yaml/x: a part of the path is a file, not a folder',
    ],
  });
});

test('a TypeScript file runs as it is, with its own modules beside it', async () => {
  await write({
    'rows.ts': 'export const rows: number = 3;',
    'ts.pipeline.ts': `import { definePipeline } from ${JSON.stringify(core)};\nimport { rows } from './rows.ts';\nexport default definePipeline('ts').stage('a', { run: async (ctx): Promise<{ rows: number; dir: string }> => ({ rows, dir: ctx.dir }) });`,
  });
  const { loaded, problems } = await load('.');
  expect(problems).toEqual([]);
  expect(loaded[0]).toMatchObject({
    dir,
    file: join(dir, 'ts.pipeline.ts'),
    pipeline: { stages: [{ name: 'a', handler: { kind: 'function' } }] },
  });
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

test('a file that is not UTF-8 is refused at the byte; a byte order mark is no part of the text', async () => {
  await write({ 'z.pipeline.yaml': `\ufeff${yaml('z')}` });
  await writeFile(
    join(dir, 'a.pipeline.yaml'),
    Buffer.concat([Buffer.from('name: a\ndescription: "\ufffd'), Buffer.from('\u00e9"\n', 'latin1')]),
  );
  await writeFile(join(dir, 'b.pipeline.yaml'), Buffer.from('\ufeffname: b\n', 'utf16le'));
  await writeFile(join(dir, 'c.pipeline.ts'), Buffer.concat([Buffer.from(`${ts('c')}// `), Buffer.from([0xff])]));
  expect(await load('.')).toMatchObject({
    names: ['z'],
    problems: [
      'a.pipeline.yaml:2:16: byte 25 of the file (0xE9) is not UTF-8: save the file as UTF-8',
      'b.pipeline.yaml:1:1: the file is UTF-16: save it as UTF-8',
      expect.stringMatching(/^c\.pipeline\.ts:5:4: byte \d+ of the file \(0xFF\) is not UTF-8/),
    ],
  });
});

test('two files with one pipeline name: both are named, neither is loaded', async () => {
  await write({
    'one.pipeline.yaml': yaml('same'),
    'two.pipeline.yaml': yaml('same'),
    'other.pipeline.yaml': yaml('other'),
  });
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

const ts = (name: string, before = '', options = '{}', after = '') =>
  `import { definePipeline } from ${JSON.stringify(core)};\nimport { z } from 'zod';\n${before}\n` +
  `export default definePipeline('${name}', ${options}).stage('a', { run: { command: ['x'${after}] } });\n`;

test('a file that exits, hangs, crashes or rejects late costs only itself, is told with its reason, and is named', async () => {
  await mkdir(join(dir, 'node_modules'));
  await symlink(fileURLToPath(new URL('../../../node_modules/zod', import.meta.url)), join(dir, 'node_modules/zod'));
  await write({
    'a-good.pipeline.ts': ts('a-good', 'console.log("loading a-good"); setInterval(() => {}, 1_000);'),
    'b-exits.pipeline.ts': ts(
      'exits',
      'if (!process.env.NEEDED) { console.error("NEEDED is not set"); process.exit(0); }',
    ),
    'c-hangs.pipeline.ts': ts('hangs', 'for (;;);'),
    'd-awaits.pipeline.mts': ts('awaits', 'await new Promise(() => {});'),
    'e-crashes.pipeline.ts': ts('crashes', 'process.abort();'),
    'f-rejects.pipeline.ts': ts('rejects', 'setTimeout(() => Promise.reject(new Error("too late")), 20);'),
    'g-good.pipeline.ts': ts('g-good'),
    'h-late.pipeline.ts': ts('late', 'setTimeout(() => process.exit(3), 1);'),
    'i-good.pipeline.yaml': yaml('i-good'),
  });
  const { loaded, problems } = await loadPipelines(['.'], dir, { limitMs: 10_000 });
  expect(problems.map(({ message, extra }) => [extra['pipeline'], message])).toEqual([
    ['exits', expect.stringMatching(/^b-exits\.pipeline\.ts: .*process\.exit\(0\); it printed: NEEDED is not set$/)],
    ['hangs', expect.stringMatching(/^c-hangs\.pipeline\.ts: .*not loaded within 10 s$/)],
    ['awaits', expect.stringMatching(/^d-awaits\.pipeline\.mts: .*(never comes|not loaded within 10 s)/)],
    ['crashes', expect.stringMatching(/^e-crashes\.pipeline\.ts: .*ends the process that loads it \(SIGABRT\)$/)],
    ['rejects', expect.stringMatching(/^f-rejects\.pipeline\.ts: .*rejected: too late$/)],
    ['late', expect.stringMatching(/^h-late\.pipeline\.ts: .*process\.exit\(3\)/)],
  ]);
  expect(loaded.map(({ pipeline }) => pipeline.name)).toEqual(['a-good', 'g-good', 'i-good']);
});

test('a definition that is another one in every process is refused, with the place; a function that answers the same is not', async () => {
  await mkdir(join(dir, 'node_modules'));
  await symlink(fileURLToPath(new URL('../../../node_modules/zod', import.meta.url)), join(dir, 'node_modules/zod'));
  const params = (schema: string) => `{ params: z.object({ at: ${schema} }) }`;
  await write({
    'a.pipeline.ts': ts('a', '', params('z.string().default(() => new Date().toISOString())')),
    'b.pipeline.ts': ts(
      'b',
      '',
      params('z.object({ in: z.array(z.string()).prefault(() => [crypto.randomUUID()]) }).optional()'),
    ),
    'c.pipeline.ts': ts('c', 'const year = new Date().getFullYear();', params('z.number().default(year)')),
    'd.pipeline.ts': ts('d', 'import { hostname } from "node:os";', '{}', ', hostname()'),
    'e.pipeline.ts': ts('e', '', params('z.array(z.string()).default(() => [])')),
    'f.pipeline.ts': ts('f', '', params('z.enum(["x", "y"]).default(() => (Math.random() < 0.5 ? "x" : "y"))')),
  });
  const { names, problems } = await loadWith(false, ['.']);
  expect(names).toEqual(['e']);
  expect(problems).toEqual([
    expect.stringMatching(/^a\.pipeline\.ts: params\.properties\.at\.default is computed/),
    expect.stringMatching(/^b\.pipeline\.ts: params\.properties\.at\.properties\.in\.default\.0 is computed/),
    expect.stringMatching(/^c\.pipeline\.ts: params\.properties\.at\.default is computed/),
    expect.stringMatching(/^d\.pipeline\.ts: stages\.a\.handler\.command\.1.* is computed/),
    expect.stringMatching(/^f\.pipeline\.ts: params\.properties\.at\.default is computed/),
  ]);
});
