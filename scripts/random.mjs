/*
 * `npm run random -- --runs <n> --seed <n>`: plays random scenarios on the Redis store and its twin. Both must keep
 * every promise after every command and decide alike; a failure prints the seed and the shortest scenario that shows
 * it.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { installDependencies, installRedis } from './prepare-machine.mjs';

const number = (name, text) => {
  if (/^\d+$/.test(text)) return text;
  process.stderr.write(`--${name} must be a whole number, not "${text}"\n`);
  process.exit(2);
};
const { values } = parseArgs({ options: { runs: { type: 'string', default: '2000' }, seed: { type: 'string' } } });
installDependencies();
installRedis(process.stderr);
const files = ['tests/unit/twin/random-runs.test.ts', 'tests/integration/redis/random-runs.test.ts'];
const env = {
  ...process.env,
  RANDOM_RUNS: number('runs', values.runs),
  ...(values.seed === undefined ? {} : { RANDOM_SEED: number('seed', values.seed) }),
};
// Projects that run together need one number of workers.
const { status } = spawnSync('npx', ['vitest', 'run', '--maxWorkers=2', '--testTimeout=36000000', ...files], {
  stdio: 'inherit',
  env,
});
process.exit(status ?? 1);
