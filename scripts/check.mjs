/* `npm run check`: everything that needs no server, in under a minute. */
import { rmSync } from 'node:fs';
import { RESULTS, runGates, vitest } from './gates.mjs';
import { installDependencies } from './prepare-machine.mjs';

installDependencies();
rmSync(RESULTS, { recursive: true, force: true });
const failed = runGates('check', [
  { name: 'lockfile', command: ['node', 'scripts/complete-lockfile.mjs', '--check'] },
  { name: 'format', command: ['biome', 'format', '.'] },
  { name: 'line width', command: ['node', 'scripts/line-width.mjs'] },
  { name: 'build', command: ['tsc', '-b'] },
  { name: 'types of the tests', command: ['tsc', '-p', 'tests'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'architecture', command: ['node', 'scripts/architecture.mjs'] },
  { name: 'dependencies', command: ['knip', '--include', 'unlisted,unresolved,duplicates', '--no-config-hints'] },
  { name: 'generated files', command: ['node', 'scripts/generate.mjs', '--check'] },
  { name: 'dashboard', command: ['node', 'scripts/dashboard-budget.mjs'] },
  vitest('unit and type tests', ['unit', 'types']),
]);
if (failed.length > 0) console.error(`\ncheck failed: ${failed.join(', ')}`);
process.exit(failed.length > 0 ? 1 : 0);
