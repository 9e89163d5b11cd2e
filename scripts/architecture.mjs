/*
 * Checks the direction of imports (domain <- ports <- engine <- adapters <- apps), that the domain is pure, and that no
 * file has an empty name (utils, helpers). `node scripts/architecture.mjs [root]`; fails with one line per violation,
 * and if it finds no sources.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';

/**
 * A folder of packages/core/src may import its own level's folders and those below; a new folder needs its line here.
 */
const LEVEL = {
  domain: 0,
  ports: 1,
  // Compiles and checks definitions; the engine asks it about params and names.
  definition: 2,
  // The wire format of shapes from domain and ports: it decides nothing.
  wire: 2,
  engine: 3,
  ...Object.fromEntries(
    [
      'alerts',
      'artifacts',
      'bullmq',
      'config',
      'embedded',
      'handlers',
      'memory',
      'redis',
      'scratch',
      'secrets',
      'telemetry',
      'testing',
    ].map((folder) => [folder, 4]),
  ),
};
/** The engine reaches the world through ports only. */
const NOT_IN_ENGINE =
  /^(ioredis|bullmq|redlock|pino|prom-client|express|socket\.io|node:(fs|net|http|https|child_process|worker_threads)(\/.*)?)$/;
const FLOORS = ['ui', 'parts', 'screens'];
/** It leads to the screens. */
const ROUTER = 'apps/dashboard/src/router.tsx';
/** `cli` starts the others in its own process group, through their public index. */
const MAY_IMPORT_APPS = new Set(['cli']);
const EMPTY_NAMES = /(^|[/-])(utils?|helpers?|common|managers?|base|misc|shared)([/.-]|$)/;
/** Clock, randomness and I/O: passed in by callers. */
const IMPURE_OBJECTS = new Set(['process', 'performance', 'crypto', 'console', 'globalThis']);
const IMPURE_CALLS = new Set(['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'require']);
const IMPURE_MEMBERS = new Set(['Date.now', 'Math.random']);

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const modules = new Map(listSources().map((file) => [file, read(file)]));
const violations = [...modules.values()]
  .flatMap((module) => [...judgeName(module), ...judgeImports(module), ...judgePurity(module)])
  .concat(judgeCycles());

for (const violation of violations) console.error(violation);
if (modules.size === 0) console.error(`architecture: no source files under ${root}`);
console.log(`architecture: ${modules.size} modules, ${violations.length} violations`);
process.exit(violations.length > 0 || modules.size === 0 ? 1 : 0);

function judgeName(module) {
  return EMPTY_NAMES.test(module.path)
    ? [`${module.path}: a name that says nothing; name it after the noun or verb that it holds`]
    : [];
}

function judgeImports(module) {
  return module.imports.flatMap((imported) => {
    const reason = module.app
      ? appMayNot(module, imported)
      : inCore(module)
        ? coreMayNot(module, imported)
        : clientMayNot(imported);
    return reason ? [`${module.path}:${imported.line}: ${reason}`] : [];
  });
}

function coreMayNot(module, { specifier, typeOnly, target }) {
  if (module.folder !== null && !(module.folder in LEVEL))
    return `the folder ${module.folder} has no level in scripts/architecture.mjs`;
  if (specifier.startsWith('@millrace/')) return `${specifier}: inside the package imports are relative`;
  if (target === null) {
    if (module.folder === 'domain') return `the domain imports ${specifier}; it is pure`;
    if (module.folder === 'ports' && !typeOnly) return `a port imports ${specifier}; it may only name types`;
    if (module.folder === 'engine' && NOT_IN_ENGINE.test(specifier))
      return `the engine imports ${specifier}; it goes through ports`;
    return null;
  }
  const into = coreFolderOf(target);
  // Code that the command shim, which is not built, shares with the handlers that start it.
  if (into === undefined && module.folder === 'handlers' && target.startsWith('packages/core/shim/')) return null;
  if (into === undefined) return `${specifier} leaves the package`;
  if (into === module.folder || module.folder === null) return null;
  if (into === null) return `${specifier}: only other packages import the package's index`;
  if (into === 'testing') return `${module.folder} imports testing; only tests do`;
  return LEVEL[into] > LEVEL[module.folder]
    ? `${module.folder} imports ${into}: domain <- ports <- engine <- adapters`
    : null;
}

function inCore(module) {
  return module.path.startsWith('packages/core/');
}

/** The client runs in browsers: only the pure parts of the core. */
function clientMayNot({ specifier }) {
  if (
    /^@millrace\/core\/(domain|wire)$/.test(specifier) ||
    specifier.startsWith('.') ||
    specifier === 'socket.io-client'
  )
    return null;
  return `the client imports ${specifier}; it may only import @millrace/core/domain and wire`;
}

function appMayNot(module, { specifier, target }) {
  const other = /^@millrace\/(api|worker|scheduler|cli|dashboard)(\/.*)?$/.exec(specifier);
  if (other && other[1] !== module.app) {
    if (!MAY_IMPORT_APPS.has(module.app)) return `${module.app} imports ${specifier}; apps meet in Redis only`;
    if (other[2]) return `${specifier}: only the public index of ${other[1]}`;
  }
  if (module.app === 'dashboard' && /^(node:|@millrace\/core(?!\/(domain|wire)$))/.test(specifier))
    return `the dashboard imports ${specifier}; it runs in a browser`;
  if (specifier.startsWith('@millrace/core/testing')) return `${module.app} imports testing; only tests do`;
  const above = module.app === 'dashboard' && target !== null ? floorAbove(module.path, target) : null;
  if (above !== null) return above;
  if (target !== null && !target.startsWith(`apps/${module.app}/`))
    return `${specifier} leaves the app; use @millrace/core/<folder>`;
  return null;
}

/** The floors of the dashboard: what two screens share lies below them, and all but the router below the parts. */
function floorAbove(path, target) {
  if (path === ROUTER) return null;
  const [from, into] = [path, target].map((file) => /^apps\/dashboard\/src\/(?:([^/]+)\/)?(?:([^/]+)\/)?/.exec(file));
  if (from === null || into === null) return null;
  const floorOf = (folder) => Math.max(0, FLOORS.indexOf(folder));
  if (floorOf(into[1]) > floorOf(from[1])) return `${from[1] ?? path} imports ${into[1]}: ${FLOORS.join(' <- ')}`;
  const isOther = from[1] === 'screens' && into[1] === 'screens' && into[2] !== undefined && into[2] !== from[2];
  return isOther ? `the screen ${from[2]} imports the screen ${into[2]}; what they share is a part` : null;
}

function judgePurity(module) {
  if (module.folder !== 'domain') return [];
  const found = new Set();
  walk(module.ast, (node) => {
    if (node.type === 'MemberExpression' && node.object.type === 'Identifier') {
      const name = `${node.object.value}.${node.property.value}`;
      if (IMPURE_OBJECTS.has(node.object.value) || IMPURE_MEMBERS.has(name)) found.add(name);
    }
    if (node.type === 'CallExpression' && node.callee.type === 'Identifier' && IMPURE_CALLS.has(node.callee.value))
      found.add(`${node.callee.value}(`);
    if (node.type === 'CallExpression' && node.callee.type === 'Import') found.add('import(');
    if (node.type === 'NewExpression' && node.callee.value === 'Date' && (node.arguments?.length ?? 0) === 0)
      found.add('new Date(');
  });
  return [...found].map(
    (what) =>
      `${module.path}:${lineOf(module.text, what)}: the domain uses ${what.replace('(', '()')}; it has no I/O, clock or randomness`,
  );
}

/** Cycles at run time; types may refer to each other. */
function judgeCycles() {
  const state = new Map();
  const cycles = [];
  const visit = (path, trail) => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open')
      return void cycles.push(`${path}: import cycle ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
    state.set(path, 'open');
    for (const { typeOnly, target } of modules.get(path)?.imports ?? [])
      if (!typeOnly && target !== null && modules.has(target)) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of modules.keys()) visit(path, []);
  return cycles;
}

function listSources() {
  return ['packages', 'apps']
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name, 'src')))
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)))
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => path.split(sep).join('/'))
    .sort();
}

function read(path) {
  const text = readFileSync(join(root, path), 'utf8');
  const ast = parseSync(text, { syntax: 'typescript', tsx: path.endsWith('.tsx'), target: 'es2022' });
  return {
    path,
    text,
    ast,
    folder: coreFolderOf(path) ?? null,
    app: /^apps\/([^/]+)\//.exec(path)?.[1] ?? null,
    imports: importsOf(path, text, ast),
  };
}

function importsOf(path, text, ast) {
  const found = [];
  walk(ast, (node) => {
    const source =
      node.type === 'CallExpression' && node.callee.type === 'Import' ? node.arguments[0]?.expression : node.source;
    if (source?.type !== 'StringLiteral') return;
    const typeOnly =
      Boolean(node.typeOnly) ||
      (node.specifiers?.length > 0 && node.specifiers.every((specifier) => specifier.isTypeOnly));
    found.push({
      specifier: source.value,
      typeOnly,
      target: targetOf(path, source.value),
      line: lineOf(text, source.raw),
    });
  });
  return found;
}

/** The path inside the repository of a relative import, else null. */
function targetOf(path, specifier) {
  if (!specifier.startsWith('.')) return null;
  const target = relative(root, resolve(root, dirname(path), specifier))
    .split(sep)
    .join('/');
  return existsSync(join(root, target)) ? target : target.replace(/\.js$/, '.ts');
}

/** The folder of packages/core/src; null for its index; undefined outside. */
function coreFolderOf(path) {
  const match = /^packages\/core\/src\/(?:([^/]+)\/)?[^/]/.exec(path);
  return match ? (match[1] ?? null) : undefined;
}

function walk(node, look) {
  if (Array.isArray(node)) return node.forEach((child) => walk(child, look));
  if (node === null || typeof node !== 'object') return;
  if (typeof node.type === 'string') look(node);
  for (const value of Object.values(node)) if (value !== null && typeof value === 'object') walk(value, look);
}

function lineOf(text, what) {
  const at = text.indexOf(what);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}
