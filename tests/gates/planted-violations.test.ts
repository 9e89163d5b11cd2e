import { chmodSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { plant, ROOT, runTool } from './planted.ts';

const own = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const project = {
  'tsconfig.base.json': own('tsconfig.base.json'),
  'tsconfig.json': '{ "extends": "./tsconfig.base.json", "include": ["*.ts"] }',
};

test('format: a badly formatted file fails, the same one formatted passes', () => {
  const bad = plant({ 'biome.json': own('biome.json'), 'a.ts': 'export const a={b:"c"}\n' });
  expect(runTool(bad, 'biome', 'format', '.').passed).toBe(false);
  runTool(bad, 'biome', 'format', '--write', '.');
  expect(readFileSync(join(bad, 'a.ts'), 'utf8')).toBe("export const a = { b: 'c' };\n");
  expect(runTool(bad, 'biome', 'format', '.').passed).toBe(true);
});

test.each([
  ['no-floating-promises', 'export const f = (): void => {\n  Promise.resolve(1);\n};\n'],
  ['no-misused-promises', 'export const f = (p: Promise<boolean>): number => (p ? 1 : 0);\n'],
  ['await-thenable', 'export const f = async (n: number): Promise<number> => {\n  await n;\n  return n;\n};\n'],
  ['no-explicit-any', 'export const f = (n: any): unknown => n;\n'],
])('lint: %s', (rule, code) => {
  const good = plant({
    ...project,
    '.oxlintrc.json': own('.oxlintrc.json'),
    'a.ts': 'export const f = async (p: Promise<number>): Promise<number> => (await p) + 1;\n',
  });
  const lint = (folder: string) => runTool(folder, 'oxlint', '--type-aware', '--deny-warnings');
  expect(lint(good)).toMatchObject({ passed: true });
  const bad = lint(plant({ ...project, '.oxlintrc.json': own('.oxlintrc.json'), 'a.ts': code }));
  expect(bad.said).toContain(rule);
  expect(bad.passed).toBe(false);
});

test.each([
  ['a wrong type', "export const a: number = 'one';\n", 'TS2322'],
  ['an unchecked index', 'export const a = (list: string[]): string => list[0];\n', 'TS2322'],
  ['undefined for an optional field', 'export const a: { b?: string } = { b: undefined };\n', 'TS2375'],
  ['an enum', 'export enum A {\n  B,\n}\n', 'TS1294'],
])('tsc -b: %s', (_what, code, error) => {
  const { passed, said } = runTool(plant({ ...project, 'a.ts': code }), 'tsc', '-b');
  expect(said).toContain(error);
  expect(passed).toBe(false);
});

test('type tests: a type that is not the expected one fails', () => {
  const folder = plant({
    ...project,
    'vitest.config.ts':
      "import { defineConfig } from 'vitest/config';\nexport default defineConfig({ test: { include: [], typecheck: { enabled: true, only: true, include: ['*.test-d.ts'] } } });\n",
    'a.test-d.ts':
      "import { expectTypeOf, test } from 'vitest';\ntest('a', () => {\n  expectTypeOf<string>().toEqualTypeOf<number>();\n});\n",
  });
  const { passed, said } = runTool(folder, 'vitest', 'run');
  expect(said).toContain('TypeCheckError');
  expect(passed).toBe(false);
});

test('generated files: a stale one fails and is named', () => {
  const pages = ['docs/errors.md', 'docs/lifecycle.md', 'docs/configuration.md'];
  const fresh = Object.fromEntries(pages.map((page) => [page, own(page)]));
  const check = (files: Record<string, string>) =>
    runTool(ROOT, 'node', join(ROOT, 'scripts/generate.mjs'), '--check', plant(files));
  const stale = check({ ...fresh, 'docs/errors.md': `${fresh['docs/errors.md']}edited by hand\n` });
  expect(stale.said).toContain('docs/errors.md is not what');
  expect(stale.said).not.toContain('docs/lifecycle.md is not what');
  expect(stale.passed).toBe(false);
});

test('dependencies: an import that no package.json names fails', () => {
  const manifest = JSON.stringify({ name: 'planted', version: '1.0.0', type: 'module' });
  const knip = (code: string) =>
    runTool(
      plant({ 'package.json': manifest, 'index.js': code }),
      'knip',
      '--include',
      'unlisted,unresolved,duplicates',
      '--no-config-hints',
    );
  expect(knip("import 'node:fs';\n").passed).toBe(true);
  const bad = knip("import pad from 'left-pad';\npad();\n");
  expect(bad.said).toContain('left-pad');
  expect(bad.passed).toBe(false);
});

test('lockfile: one that lacks a platform or an integrity fails, and is completed', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/plain': { version: '2.0.0' },
      'node_modules/linked': { link: true, resolved: 'packages/linked' },
      'node_modules/tool': {
        version: '1.0.0',
        integrity: 'sha512-own',
        dev: true,
        optionalDependencies: { '@tool/cli-darwin-arm64': '1.0.0', '@tool/cli-linux-x64-musl': '1.0.0' },
      },
    },
  };
  const folder = plant({ 'package-lock.json': JSON.stringify(lock), 'bin/npm': '#!/bin/sh\necho "sha512-of-$2"\n' });
  chmodSync(join(folder, 'bin/npm'), 0o755);
  const complete = (...words: string[]) =>
    runTool(folder, 'node', join(ROOT, 'scripts/complete-lockfile.mjs'), join(folder, 'package-lock.json'), ...words);
  expect(complete('--check')).toMatchObject({
    passed: false,
    said: expect.stringContaining('@tool/cli-darwin-arm64@1.0.0'),
  });
  expect(complete('--check').said).toContain('no integrity for plain\n');
  const { PATH } = process.env;
  process.env['PATH'] = `${join(folder, 'bin')}${delimiter}${PATH}`;
  complete();
  process.env['PATH'] = PATH;
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  expect(packages['node_modules/@tool/cli-linux-x64-musl']).toEqual({
    version: '1.0.0',
    integrity: 'sha512-of-@tool/cli-linux-x64-musl@1.0.0',
    cpu: ['x64'],
    libc: ['musl'],
    os: ['linux'],
    dev: true,
    optional: true,
  });
  expect(packages['node_modules/plain']).toEqual({ version: '2.0.0', integrity: 'sha512-of-plain@2.0.0' });
  expect(packages['node_modules/tool']).toMatchObject({ integrity: 'sha512-own' });
  expect(packages['node_modules/linked']).not.toHaveProperty('integrity');
  expect(complete('--check').passed).toBe(true);
});

test('line width: comments, Lua and prose end at column 120; texts in quotes, tables and links are left alone', () => {
  const wide = 'word '.repeat(30);
  const planted = {
    'a.ts': `// ${wide}\nexport const a = '${wide}';\n`,
    'b.lua': `local a = 1 + ${'1 + '.repeat(30)}1\nlocal b = '${wide}'\n`,
    'c.md': `| ${wide} |\n\n[link](${wide})\n\n\`\`\`\n${wide}\n\`\`\`\n\n${wide}\n`,
  };
  const { passed, said } = runTool(ROOT, 'node', join(ROOT, 'scripts/line-width.mjs'), plant(planted));
  expect(said.match(/^\S+(?=: wider)/gm)).toEqual(['a.ts:1', 'b.lua:1', 'c.md:9']);
  expect(passed).toBe(false);
  expect(runTool(ROOT, 'node', join(ROOT, 'scripts/line-width.mjs'), plant({ 'a.ts': '// narrow\n' })).passed).toBe(
    true,
  );
});

test('counts: tests, files that do not load and gates all show in the last line', () => {
  const report = (numPassedTests: number, numFailedTests: number, testResults: unknown[] = []) =>
    JSON.stringify({ numPassedTests, numFailedTests, testResults });
  const count = (files: Record<string, string>) =>
    runTool(ROOT, 'node', join(ROOT, 'scripts/count-results.mjs'), join(plant(files), 'results')).said;
  const gates = JSON.stringify({ failed: [] });
  expect(
    count({
      'results/unit.json': report(3, 0),
      'results/integration.json': report(4, 0),
      'results/check.gates.json': gates,
    }),
  ).toBe('7 passed, 0 failed\n');
  expect(
    count({ 'results/unit.json': report(3, 2), 'results/check.gates.json': JSON.stringify({ failed: ['lint'] }) }),
  ).toBe('3 passed, 3 failed\n');
  const broken = { name: '/a.test.ts', status: 'failed', message: 'Cannot find b\nat c', assertionResults: [] };
  expect(count({ 'results/unit.json': report(3, 0, [broken]), 'results/check.gates.json': gates })).toMatch(
    /^failed: \S*a\.test\.ts: Cannot find b\n3 passed, 1 failed\n$/,
  );
  const red = { status: 'failed', fullName: 'adds up', failureMessages: ['expected 3 to be 4\nat d'] };
  const passed = { status: 'passed', fullName: 'takes away', failureMessages: [] };
  const half = { name: '/d.test.ts', status: 'failed', message: '', assertionResults: [passed, red] };
  expect(count({ 'results/unit.json': report(1, 1, [half]), 'results/check.gates.json': gates })).toMatch(
    /^failed: \S*d\.test\.ts: adds up: expected 3 to be 4\n1 passed, 1 failed\n$/,
  );
  expect(count({})).toBe('0 passed, 1 failed\n');
});
