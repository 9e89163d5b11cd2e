import { expect, test } from 'vitest';
import { KEPT_MS, type Sample, withSample } from '../../../apps/dashboard/src/screens/system/queue-samples.ts';

const sample = (at: number, waiting = 0): Sample => ({ at, waiting, active: 0 });

test('samples of the last ten minutes are kept', () => {
  const samples = [sample(0), sample(5_000), sample(10_000)];
  expect(withSample(samples, sample(5_000 + KEPT_MS)).map(({ at }) => at)).toEqual([10_000, 5_000 + KEPT_MS]);
});

test('of two that are close together the later figures are kept, at the earlier time', () => {
  expect(withSample([sample(0), sample(5_000, 1)], sample(5_300, 2))).toEqual([sample(0), sample(5_000, 2)]);
});

test('a clock that goes back does not turn the line around', () => {
  expect(withSample([sample(0), sample(9_000)], sample(4_000)).map(({ at }) => at)).toEqual([0, 4_000]);
});
