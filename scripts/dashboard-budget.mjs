/*
 * What the browser must load, and from where: `node scripts/dashboard-budget.mjs [dist]` (without a folder the
 * dashboard is built if it is stale). Sizes are those of the .gz files that the API sends. Fails with one line per
 * violation.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildDashboard, ROOT } from './prepare-machine.mjs';

/** Bytes, gzipped. */
const FIRST_LOAD = 150_000;
const RUN_PAGE = 100_000;
/** Each further tab of it, when it is chosen. */
const RUN_TAB = 25_000;
const RUN_SCREEN = 'src/screens/run/run-screen.tsx';
/** The tab that a run page opens with. */
const FIRST_TAB = 'src/screens/run/graph/graph-tab.tsx';
/** Named in texts and links, or as an identifier: nothing of them is fetched. */
const NAMED_ORIGINS = new Set([
  'http://www.w3.org',
  'https://react.dev',
  'https://reactflow.dev',
  'https://socket.io',
  'https://tailwindcss.com',
  'https://example.com',
]);

if (!process.argv[2]) buildDashboard();
const dist = process.argv[2] ?? join(ROOT, 'apps/dashboard/dist');
const manifestFile = join(dist, '.vite/manifest.json');
if (!existsSync(manifestFile)) {
  console.error(`dashboard: there is no ${manifestFile}: build it first`);
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
const files = readdirSync(dist, { recursive: true })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.(js|css|html|svg)$/.test(name));

const first = filesOf(reachedFrom('index.html', ['imports']));
const opening = new Set([...reachedFrom(RUN_SCREEN, ['imports']), ...reachedFrom(FIRST_TAB, ['imports'])]);
const runPage = new Set([...filesOf(opening), ...unlisted()].filter((file) => !first.has(file)));
const laterParts = [...reachedFrom(RUN_SCREEN, ['imports', 'dynamicImports'])].filter(
  (key) => manifest[key].isDynamicEntry && key !== RUN_SCREEN && !opening.has(key),
);
const violations = [
  ...judgeSize('the first load', ['index.html', ...first], FIRST_LOAD),
  ...judgeSize('the run page', [...runPage], RUN_PAGE),
  ...laterParts.flatMap((key) =>
    judgeSize(
      key.replace(/.*\//, ''),
      [...filesOf(reachedFrom(key, ['imports']))].filter((file) => !first.has(file) && !runPage.has(file)),
      RUN_TAB,
    ),
  ),
  ...judgePage(),
  ...files.flatMap(judgeOrigins),
];
for (const violation of violations) console.error(`dashboard: ${violation}`);
process.exit(violations.length > 0 ? 1 : 0);

/**
 * The manifest's entries that this one loads, itself included. The first load is the entry of every other: what lies
 * beyond it is not followed.
 */
function reachedFrom(key, links, reached = new Set()) {
  if (reached.has(key) || (key === 'index.html' && links.length > 1)) return reached;
  const entry = manifest[key];
  if (!entry) {
    console.error(`dashboard: the manifest does not name ${key}`);
    process.exit(1);
  }
  reached.add(key);
  for (const link of links) for (const next of entry[link] ?? []) reachedFrom(next, links, reached);
  return reached;
}

function filesOf(keys) {
  return new Set([...keys].flatMap((key) => [manifest[key].file, ...(manifest[key].css ?? [])]));
}

/** Scripts that the manifest does not list are those of web workers, which only the run page has. */
function unlisted() {
  const listed = new Set(Object.keys(manifest).flatMap((key) => [...filesOf([key])]));
  return files.filter((name) => name.endsWith('.js') && !listed.has(name));
}

function judgeSize(what, names, most) {
  const sizes = names.map((name) => [name, statSync(join(dist, `${name}.gz`)).size]).sort(([, a], [, b]) => b - a);
  const size = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  console.log(`dashboard: ${what} is ${(size / 1_000).toFixed(1)} kB of at most ${most / 1_000} kB`);
  return size <= most
    ? []
    : [`${what} is ${size - most} bytes too large: ${sizes.map(([name, bytes]) => `${name} ${bytes}`).join(', ')}`];
}

/** The page's policy runs nothing that stands in it. */
function judgePage() {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const inline = [/<script(?![^>]*\ssrc=)[^>]*>/i, /<style[\s>]/i, /<[^>]+\sstyle=/i, /<[^>]+\son\w+=/i].flatMap(
    (pattern) => pattern.exec(page)?.[0] ?? [],
  );
  return inline.map((found) => `index.html has something inline: ${found}`);
}

function judgeOrigins(name) {
  const text = readFileSync(join(dist, name), 'utf8');
  const full = [...text.matchAll(/\b(?:https?|wss?):\/\/[\w-]+(?:\.[\w-]+)+(?::\d+)?/gi)].map(([origin]) => origin);
  // Without a scheme, as an attribute, an import or a style's url has it.
  const schemeless = [
    ...text.matchAll(/(?:\b(?:src|href)=["']?|url\(["']?|\b(?:from|import)\s*\(?["'])(\/\/[\w-]+(?:\.[\w-]+)+)/gi),
  ].map(([, origin]) => origin);
  return [...new Set([...full, ...schemeless])]
    .filter((origin) => !NAMED_ORIGINS.has(origin))
    .map((origin) => `${name} names another origin: ${origin}`);
}
