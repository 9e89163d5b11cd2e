/*
 * `npm start`: builds what is missing or out of date, then is `millrace up` on the examples. It becomes that command
 * rather than starting it, so that signals and the exit code are its own. MILLRACE_PIPELINES names other pipelines;
 * arguments are passed on.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, buildDashboard, installDependencies, ROOT } from './prepare-machine.mjs';

installDependencies();
if (projects().some(isStale)) {
  console.error('building');
  build();
}
buildDashboard();
process.env.MILLRACE_PIPELINES ||= relative(process.cwd(), join(ROOT, 'examples')) || '.';
const main = join(ROOT, 'apps/cli/dist/main.js');
process.env.MILLRACE_DEFAULT_PIPELINE ||= 'market-data';
process.argv = [process.argv[0], main, 'up', '--run-default', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);

function projects() {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name)))
    .filter((folder) => existsSync(join(folder, 'tsconfig.json')));
}

/** `tsc -b` stamps its tsconfig.tsbuildinfo when it is done. */
function isStale(project) {
  const stamp = ['tsconfig.tsbuildinfo', 'dist/tsconfig.tsbuildinfo', 'types/tsconfig.tsbuildinfo']
    .map((name) => join(project, name))
    .find(existsSync);
  if (!stamp) return true;
  const built = statSync(stamp).mtimeMs;
  const sources = join(project, 'src');
  return (
    existsSync(sources) &&
    readdirSync(sources, { recursive: true }).some((name) => statSync(join(sources, name)).mtimeMs > built)
  );
}
