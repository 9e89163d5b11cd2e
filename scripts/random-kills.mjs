/* `npm run random-kills -- --count <n> --seed <n>`: kills workers and shims of commands at random, and counts what outlives them. */
import { build, installDependencies, installRedis, runFromSource } from './prepare-machine.mjs';

installDependencies();
installRedis(process.stderr);
build();
process.exit(runFromSource('tests/integration/chaos/kill-and-tell.ts', process.argv.slice(2)) ?? 1);
