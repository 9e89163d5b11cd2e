import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plant, ROOT, runTool } from './planted.ts';

const check = (files: Readonly<Record<string, string>>) =>
  runTool(ROOT, 'node', join(ROOT, 'scripts/architecture.mjs'), plant(files));

test('imports that go down pass', () => {
  const { passed, said } = check({
    'packages/core/src/domain/run.ts':
      'export const run = (at: number) => new Date(at).getTime() + Date.parse("2026-01-01");\n',
    'packages/core/src/ports/store.ts':
      "import type { Readable } from 'node:stream';\nimport { run } from '../domain/run.ts';\nexport type Store = [Readable, typeof run];\n",
    'packages/core/src/engine/start-run.ts':
      "import type { Store } from '../ports/store.ts';\nexport const startRun = (store: Store) => store;\n",
    'packages/core/src/redis/store.ts':
      "import { Redis } from 'ioredis';\nimport { startRun } from '../engine/start-run.ts';\nexport const store = [Redis, startRun];\n",
    'apps/cli/src/main.ts':
      "import { serve } from '@millrace/api';\nimport { run } from '@millrace/core/domain';\nserve(run);\n",
  });
  expect(said).toContain('5 modules, 0 violations');
  expect(passed).toBe(true);
});

const screens = (path: string, imported: string) => ({
  [`apps/dashboard/src/${path}`]: `import { a } from '${imported}';\nexport const b = a;\n`,
  'apps/dashboard/src/screens/run/a.ts': 'export const a = 1;\n',
  'apps/dashboard/src/parts/graph/a.ts': 'export const a = 1;\n',
});

const core = (path: string, text: string) => ({
  [`packages/core/src/${path}`]: text,
  'packages/core/src/domain/x.ts': 'export const x = 1;\n',
  'packages/core/src/redis/y.ts': 'export const y = 1;\n',
});

test.each([
  [
    'the domain imports a port',
    core('domain/a.ts', "import type { S } from '../ports/s.ts';\nexport type A = S;\n"),
    'domain imports ports',
  ],
  ['a port imports the engine', core('ports/a.ts', "export * from '../engine/s.ts';\n"), 'ports imports engine'],
  [
    'the wire imports the engine',
    core('wire/a.ts', "import type { S } from '../engine/s.ts';\nexport type A = S;\n"),
    'wire imports engine',
  ],
  [
    'the engine imports an adapter',
    core('engine/a.ts', "import { y } from '../redis/y.ts';\nexport const a = y;\n"),
    'engine imports redis',
  ],
  [
    'the engine imports an adapter lazily',
    core('engine/a.ts', "export const a = () => import('../redis/y.ts');\n"),
    'engine imports redis',
  ],
  [
    'the engine imports ioredis',
    core('engine/a.ts', "import { Redis } from 'ioredis';\nexport const a = Redis;\n"),
    'engine imports ioredis',
  ],
  [
    'a port imports code',
    core('ports/a.ts', "import { join } from 'node:path';\nexport const a = join;\n"),
    'may only name types',
  ],
  [
    'the domain imports a builtin',
    core('domain/a.ts', "import { randomUUID } from 'node:crypto';\nexport const a = randomUUID;\n"),
    'it is pure',
  ],
  [
    'the domain reads the clock',
    core('domain/a.ts', 'export const a = () => Date.now();\n'),
    'the domain uses Date.now',
  ],
  [
    'the domain makes a date of now',
    core('domain/a.ts', 'export const a = () => new Date();\n'),
    'the domain uses new Date()',
  ],
  [
    'the domain draws a number',
    core('domain/a.ts', 'export const a = () => Math.random();\n'),
    'the domain uses Math.random',
  ],
  [
    'the domain reads the environment',
    core('domain/a.ts', 'export const a = () => process.env.HOME;\n'),
    'the domain uses process.env',
  ],
  [
    'the domain waits',
    core('domain/a.ts', 'export const a = () => setTimeout(() => {}, 1);\n'),
    'the domain uses setTimeout()',
  ],
  [
    'an adapter imports testing',
    {
      ...core('redis/a.ts', "import { w } from '../testing/w.ts';\nexport const a = w;\n"),
      'packages/core/src/testing/w.ts': 'export const w = 1;\n',
    },
    'redis imports testing',
  ],
  [
    'the package imports itself by name',
    core('redis/a.ts', "import { x } from '@millrace/core/domain';\nexport const a = x;\n"),
    'imports are relative',
  ],
  [
    'a folder without a level',
    core('plumbing/a.ts', "import { x } from '../domain/x.ts';\nexport const a = x;\n"),
    'has no level',
  ],
  ['a name that says nothing', core('redis/utils.ts', 'export const a = 1;\n'), 'a name that says nothing'],
  [
    'an import cycle',
    {
      ...core('redis/a.ts', "import { b } from './b.ts';\nexport const a = () => b;\n"),
      'packages/core/src/redis/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
    },
    'import cycle',
  ],
  ['a screen imports another', screens('screens/start/b.ts', '../run/a.ts'), 'the screen start imports the screen run'],
  ['a part imports a screen', screens('parts/form/b.ts', '../../screens/run/a.ts'), 'parts imports screens'],
  ['a control imports a part', screens('ui/b.ts', '../parts/graph/a.ts'), 'ui imports parts'],
  ['the live data imports a screen', screens('live/b.ts', '../screens/run/a.ts'), 'live imports screens'],
  [
    'an app imports another',
    { 'apps/api/src/main.ts': "import { work } from '@millrace/worker';\nwork();\n" },
    'api imports @millrace/worker',
  ],
  [
    'the command line reaches into an app',
    { 'apps/cli/src/main.ts': "import { work } from '@millrace/worker/loop';\nwork();\n" },
    'only the public index',
  ],
  [
    'an app reaches into the package by path',
    { 'apps/api/src/main.ts': "import { x } from '../../../packages/core/src/domain/x.ts';\nx();\n" },
    'leaves the app',
  ],
  [
    'an app imports testing',
    { 'apps/api/src/main.ts': "import { waitFor } from '@millrace/core/testing';\nwaitFor();\n" },
    'api imports testing',
  ],
  ['nothing to check', { 'packages/core/README.md': 'moved\n' }, 'no source files'],
])('%s: refused', (_what, files, reason) => {
  const { passed, said } = check(files);
  expect(said).toContain(reason);
  expect(passed).toBe(false);
});
