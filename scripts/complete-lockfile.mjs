/*
 * Completes package-lock.json with the binaries of other platforms, which npm may leave out, and with missing
 * integrities (docs/adr/lockfile.md). Run it after an `npm install`; with `--check` it only reports.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const checkOnly = process.argv.includes('--check');
const path =
  process.argv.slice(2).find((word) => !word.startsWith('--')) ?? new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const missing = missingBinaries(lock.packages);

const unproven = Object.entries(lock.packages).filter(
  ([place, entry]) => place.includes('node_modules/') && !entry.link && !entry.integrity,
);

if (missing.length === 0 && unproven.length === 0)
  console.log('package-lock.json names every platform, and what each package is to be');
else if (checkOnly) {
  for (const [place] of unproven) console.error(`package-lock.json has no integrity for ${nameAt(place)}`);
  for (const { name, version, askedBy } of missing)
    console.error(`package-lock.json lacks ${name}@${version}, an optional dependency of ${askedBy}`);
  console.error('run: node scripts/complete-lockfile.mjs');
  process.exit(1);
} else {
  for (const { name, version, dev } of missing)
    lock.packages[`node_modules/${name}`] = {
      version,
      integrity: integrityOf(name, version),
      ...platformOf(name),
      ...(dev ? { dev } : {}),
      optional: true,
    };
  for (const [place, entry] of unproven) entry.integrity = integrityOf(nameAt(place), entry.version);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`added ${missing.length} platform packages and ${unproven.length} integrities to package-lock.json`);
}

function nameAt(place) {
  return place.replace(/^.*node_modules\//, '');
}

function integrityOf(name, version) {
  const { stdout, stderr } = spawnSync('npm', ['view', `${name}@${version}`, 'dist.integrity'], { encoding: 'utf8' });
  const integrity = stdout?.trim();
  if (!integrity?.startsWith('sha512-'))
    throw new Error(`npm tells no integrity of ${name}@${version}: ${stderr?.trim()}`);
  return integrity;
}

function missingBinaries(packages) {
  const found = new Map();
  for (const [place, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolves(packages, place, name)) continue;
      found.set(name, { name, version: range.replace(/^[\^~]/, ''), dev: Boolean(entry.dev), askedBy: nameAt(place) });
    }
  }
  return [...found.values()];
}

/** Node's own look-up: from the package's folder upwards. */
function resolves(packages, place, name) {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true;
    if (at === '') return false;
    if (!at.includes('/node_modules/')) return Boolean(packages[`node_modules/${name}`]);
  }
}

/** The `os`, `cpu` and `libc` fields, so that npm skips the package elsewhere: every such name spells them. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = [
    'android',
    'darwin',
    'freebsd',
    'linux',
    'netbsd',
    'openbsd',
    'openharmony',
    'sunos',
    'aix',
    'win32',
  ].find((word) => words.includes(word));
  const cpu = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'].find(
    (word) => words.includes(word),
  );
  if (!os && cpu !== 'wasm32')
    throw new Error(`${name} is missing from package-lock.json and is not a platform package: run npm install`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : null;
  return { ...(cpu ? { cpu: [cpu] } : {}), ...(libc ? { libc: [libc] } : {}), ...(os ? { os: [os] } : {}) };
}
