/*
 * `npm run bench:dashboard`: how smooth the dashboard is in a real Chromium, on a real deployment of this machine.
 *   -- --json           one JSON document instead of the table
 *   -- --quick          small counts: shows that it runs, measures nothing
 */
import {
  build,
  buildDashboard,
  installChromium,
  installDependencies,
  installRedis,
  runFromSource,
} from '../../scripts/prepare-machine.mjs';

installDependencies();
// With --json the document is all of stdout.
const stdout = process.argv.includes('--json') ? process.stderr : 'inherit';
installRedis(stdout);
installChromium(stdout);
build();
buildDashboard();
process.exitCode = runFromSource('bench/dashboard/measure.mjs', process.argv.slice(2)) ?? 1;
