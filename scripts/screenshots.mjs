/*
 * `npm run screenshots`: every screen in both themes, at the desk and on a phone, into screenshots/.
 *   -- --only <text>    those whose name has the text (repeatable)
 *   -- --readme         the pictures of the README only, into docs/images/
 */
import {
  build,
  buildDashboard,
  installChromium,
  installDependencies,
  installRedis,
  runFromSource,
} from './prepare-machine.mjs';

installDependencies();
installRedis();
installChromium();
build();
buildDashboard();
process.exitCode = runFromSource('scripts/screenshots/main.ts', process.argv.slice(2)) ?? 1;
