/*
 * `npm run random-kills -- --count <n> --seed <n>`: kills workers and command shims at random, and counts the processes
 * that outlive them.
 */
import { build, installDependencies, installRedis, runFromSource } from './prepare-machine.mjs';

installDependencies();
installRedis(process.stderr);
build();
process.exit(runFromSource('tests/integration/chaos/kill-and-tell.ts', process.argv.slice(2)) ?? 1);
