import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plant, ROOT, runTool } from './planted.ts';

const PAGE = '<!doctype html><script type="module" src="/assets/index.js"></script><div id="root"></div>';
const SCREEN = 'src/screens/run/run-screen.tsx';
const TAB = 'src/screens/run/graph/graph-tab.tsx';
const entries = {
  'index.html': {
    file: 'assets/index.js',
    imports: ['_react.js'],
    dynamicImports: [SCREEN],
    css: ['assets/index.css'],
  },
  '_react.js': { file: 'assets/react.js' },
  [SCREEN]: { file: 'assets/run.js', imports: ['index.html'], dynamicImports: [TAB, 'src/logs.tsx'] },
  [TAB]: { file: 'assets/graph.js', imports: ['_react.js'], isDynamicEntry: true },
  'src/logs.tsx': { file: 'assets/logs.js', imports: ['_react.js'], isDynamicEntry: true },
};
/** Text of so many bytes that do not compress, as its own gzip form: only the size is read. */
const sized = (bytes: number): string =>
  randomBytes(bytes)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, 'x');

const check = (over: Readonly<Record<string, string>> = {}, manifest: object = entries) => {
  const plain = ['index.js', 'react.js', 'run.js', 'graph.js', 'logs.js', 'index.css'].map((name) => [
    `dist/assets/${name}`,
    '/* http://www.w3.org/2000/svg */',
  ]);
  const files: Record<string, string> = {
    'dist/.vite/manifest.json': JSON.stringify(manifest),
    'dist/index.html': PAGE,
    ...Object.fromEntries(plain),
    ...over,
  };
  for (const [name, text] of Object.entries(files)) if (/\.(js|css|html)$/.test(name)) files[`${name}.gz`] ??= text;
  return runTool(ROOT, 'node', join(ROOT, 'scripts/dashboard-budget.mjs'), join(plant(files), 'dist'));
};

test('within the budgets, from one origin and with nothing inline: passes, and says the sizes', () => {
  const { passed, said } = check({
    'dist/assets/react.js.gz': sized(149_000),
    'dist/assets/graph.js.gz': sized(99_000),
  });
  expect(said).toContain('the first load is 149.');
  expect(said).toContain('the run page is 99.');
  expect(passed).toBe(true);
});

test.each<[what: string, files: Record<string, string>, says: string]>([
  [
    'a static import of the entry that is too large',
    { 'dist/assets/react.js.gz': sized(150_000) },
    'the first load is',
  ],
  ['styles that are too large', { 'dist/assets/index.css.gz': sized(150_000) }, 'the first load is'],
  ['a further tab of the run page is too large', { 'dist/assets/logs.js.gz': sized(26_000) }, 'logs.tsx is'],
  ['what the run page opens with is too large', { 'dist/assets/graph.js.gz': sized(100_000) }, 'the run page is'],
  [
    'a web worker that is too large',
    { 'dist/assets/layout-worker.js': '', 'dist/assets/layout-worker.js.gz': sized(100_000) },
    'the run page is',
  ],
  ['an inline script', { 'dist/index.html': `${PAGE}<script>go()</script>` }, 'inline: <script>'],
  ['an inline style', { 'dist/index.html': `${PAGE}<style>b{}</style>` }, 'inline: <style>'],
  ['a style attribute', { 'dist/index.html': `${PAGE}<p style="color:red">` }, 'inline: <p style='],
  ['an event handler', { 'dist/index.html': `${PAGE}<p onclick="go()">` }, 'inline: <p onclick='],
  [
    'a font of another origin',
    { 'dist/assets/index.css': '@font-face{src:url(https://fonts.example.net/a.woff2)}' },
    'https://fonts.example.net',
  ],
  [
    'the same without a scheme',
    { 'dist/assets/index.css': 'a{background:url("//cdn.example.net/a.png")}' },
    '//cdn.example.net',
  ],
  [
    'a script of another origin',
    { 'dist/index.html': `${PAGE}<script src="//cdn.example.net/a.js"></script>` },
    '//cdn.example.net',
  ],
  [
    'a request to another origin',
    { 'dist/assets/run.js': 'fetch("https://telemetry.example.net/v1")' },
    'assets/run.js names another origin',
  ],
])('%s: refused', (_what, files, says) => {
  const { passed, said } = check(files);
  expect(said).toContain(says);
  expect(said).toMatch(/too large|inline|another origin/);
  expect(passed).toBe(false);
});

test('a build without a run page, and no build: refused', () => {
  expect(check({}, { 'index.html': { file: 'assets/index.js' } })).toMatchObject({
    passed: false,
    said: expect.stringContaining('does not name'),
  });
  expect(runTool(ROOT, 'node', join(ROOT, 'scripts/dashboard-budget.mjs'), join(plant({}), 'dist'))).toMatchObject({
    passed: false,
  });
});
