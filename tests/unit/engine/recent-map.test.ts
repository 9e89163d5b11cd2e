import { expect, test } from 'vitest';
import { RecentMap } from '../../../packages/core/src/engine/recent-map.ts';

test('holds what was used last, and no more than twice as many entries', () => {
  const map = new RecentMap<number, string>(10);
  for (let key = 0; key < 1_000; key++) {
    map.set(key, `${key}`);
    expect(map.get(0)).toBe('0');
    expect(map.size).toBeLessThanOrEqual(20);
  }
  for (let key = 992; key < 1_000; key++) expect(map.get(key)).toBe(`${key}`);
  expect(map.get(500)).toBeUndefined();
  map.delete(0);
  expect([map.get(0), [...map].some(([key]) => key === 0)]).toEqual([undefined, false]);
});
