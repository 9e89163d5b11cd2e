import { expect, test } from 'vitest';
import { each, interleave } from '../../../bench/interleave.mjs';
import { figure } from '../../../bench/measure/statistics.mjs';

const CONTESTANTS = [{ name: 'before' }, { name: 'millrace' }, { name: 'flows' }];

test('contestants take turns in each round, and the ratio to the version before is taken within a round', async () => {
  const turns: string[] = [];
  const rates: Record<string, number[]> = { before: [10, 20], millrace: [20, 60], flows: [10, 30] };
  const { results, notes } = await interleave({
    contestants: CONTESTANTS,
    rounds: 2,
    once: ({ name }) => Promise.resolve({ turn: turns.push(name), rate: rates[name]!.shift()! }),
    progress: () => {},
  });
  expect(turns).toEqual(['before', 'millrace', 'flows', 'before', 'millrace', 'flows']);
  expect(notes).toEqual([]);
  const rate = figure(
    'rate',
    'runs/s',
    '',
    each(results, (one) => one.rate),
  );
  expect(rate).toMatchObject({
    before: { min: 10, max: 20 },
    ratio_to_before: { min: 2, max: 3 },
    ratio_to_flows: { min: 2, max: 2 },
    bullmq_by_hand: null,
  });
});

test('an earlier version that cannot run a row is left out with a note; anybody else must', async () => {
  const run = (failing: string) =>
    interleave({
      contestants: CONTESTANTS,
      rounds: 2,
      once: ({ name }) =>
        name === failing ? Promise.reject(new Error('store.runs is not a function\nat …')) : Promise.resolve(1),
      progress: () => {},
    });
  const { results, notes } = await run('before');
  expect(results).toEqual([
    { millrace: 1, flows: 1 },
    { millrace: 1, flows: 1 },
  ]);
  expect(notes).toEqual(['before: cannot run this row: store.runs is not a function']);
  expect(
    figure(
      'rate',
      'runs/s',
      '',
      each(results, (one) => one),
    ),
  ).toMatchObject({ before: null, ratio_to_before: null, millrace: { median: 1 } });
  await expect(run('flows')).rejects.toThrow('store.runs');
});
