/* `npm run fuzz -- --seed <n> --requests <n>`: sends malformed input to a deployment; see `-- --help`. */
import { build, installDependencies, installRedis, runFromSource } from './prepare-machine.mjs';

const words = process.argv.slice(2);
installDependencies();
if (!words.includes('--help')) {
  installRedis(process.stderr);
  build();
}
process.exit(runFromSource('fuzz/main.ts', words) ?? 1);
