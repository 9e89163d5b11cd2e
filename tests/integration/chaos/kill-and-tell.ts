/**
 * `npm run random-kills -- --count N --seed S`: see random-kills.ts. Exits with 1 if anything was left or ran twice.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { killAtRandom } from './random-kills.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
console.error(`${count} kills, seed ${seed}`);
const began = performance.now();
const onKill = (n: number): void => {
  if (n % 20 === 0) console.error(`${n} kills after ${((performance.now() - began) / 1_000).toFixed(0)} s`);
};
const done = await killAtRandom({ count, seed, load: availableParallelism(), onKill });
console.log(JSON.stringify({ ...done, seed, seconds: Math.round((performance.now() - began) / 1_000) }, null, 2));
process.exit(done.survivors.length + done.beside.length + done.folders.length > 0 ? 1 : 0);
