import { expect, test } from 'vitest';
import { killAtRandom } from './random-kills.ts';

/** A slice of `npm run random-kills`; the tests beside it are load enough. */
const KILLS = 10;
const SEED = 7;

test.runIf(process.platform === 'linux')(
  'kill -9 of workers and shims at random: no command outlives its attempt or runs beside its retry, no folder is left',
  async () => {
    const { kills, runs, survivors, beside, folders } = await killAtRandom({ count: KILLS, seed: SEED, load: 0 });
    expect({ survivors, beside, folders }).toEqual({ survivors: [], beside: [], folders: [] });
    expect(Object.values(kills).reduce((sum, some) => sum + some, 0)).toBe(KILLS);
    expect(runs).not.toEqual({});
  },
  300_000,
);
