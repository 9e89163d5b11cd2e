import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listSchedule, type TimedStage } from '../../../bench/list-schedule.mjs';

const stage = (name: string, ms: number, ...dependsOn: string[]): TimedStage => ({ name, ms, dependsOn });

test('a chain takes the sum, whatever the slots; independent stages share them', () => {
  const chain = [stage('a', 5), stage('b', 7, 'a'), stage('c', 1, 'b')];
  expect([1, 8].map((slots) => listSchedule(chain, slots))).toEqual([13, 13]);
  const apart = [stage('a', 4), stage('b', 4), stage('c', 4)];
  expect([1, 2, 3].map((slots) => listSchedule(apart, slots))).toEqual([12, 8, 4]);
});

test('the critical path goes first', () => {
  // On two slots: `long` and its follower must begin at once, or the whole takes 12.
  const stages = [stage('x', 2), stage('y', 2), stage('long', 6), stage('after', 4, 'long')];
  expect(listSchedule(stages, 2)).toBe(10);
});

test('never below the critical path or the work per slot, never above their sum (Graham 1966)', () => {
  const dag = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 50 }), on: fc.array(fc.nat(), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(dag, fc.integer({ min: 1, max: 8 }), (drawn, slots) => {
      const stages = drawn.map(({ ms, on }, index) =>
        stage(`s${index}`, ms, ...new Set(index === 0 ? [] : on.map((n) => `s${n % index}`))),
      );
      const ends = new Map<string, number>();
      for (const { name, ms, dependsOn } of stages)
        ends.set(name, ms + Math.max(0, ...dependsOn.map((dependency) => ends.get(dependency)!)));
      const path = Math.max(...ends.values());
      const share = stages.reduce((sum, { ms }) => sum + ms, 0) / slots;
      const makespan = listSchedule(stages, slots);
      expect(makespan).toBeGreaterThanOrEqual(Math.max(path, share));
      expect(makespan).toBeLessThanOrEqual(path + share);
    }),
  );
});
