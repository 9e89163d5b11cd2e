import { expect, test } from 'vitest';
import { metg } from '../../../bench/measure/metg.mjs';

const at = (grain: number, efficiency: number) => ({ grain, efficiency });

test('the grain at half efficiency: as measured, or between two grains on a logarithmic scale', () => {
  expect(metg([at(8, 0.9), at(4, 0.5), at(2, 0.4)])).toBeCloseTo(4);
  expect(metg([at(1, 0.25), at(16, 1), at(4, 0.75)])).toBeCloseTo(2);
});

test('a later rise does not count: below it there was a grain that was not efficient', () => {
  expect(metg([at(8, 0.9), at(4, 0.4), at(2, 0.6), at(1, 0.1)])).toBeCloseTo(8 * 0.5 ** 0.8);
});

test('null where the efficiency is never below half, or never above it', () => {
  expect(metg([at(8, 0.9), at(4, 0.8)])).toBeNull();
  expect(metg([at(8, 0.4), at(4, 0.3)])).toBeNull();
});
