import { countParents, decide, type StageStatus, startsReady, STAGE_STATES } from '@millrace/core/domain';
import { expect, test } from 'vitest';

/** Every combination of states that so many parents can be in. */
const combinations = (parents: number): StageStatus[][] =>
  parents === 0 ? [[]] : combinations(parents - 1).flatMap((states) => STAGE_STATES.map((state) => [...states, state]));

test.each([0, 1, 2, 3, 4])('all_succeeded decides as it is defined for every state of %i parents', (parents) => {
  for (const states of combinations(parents)) {
    const spoilt = states.some((state) => state === 'failed' || state === 'skipped' || state === 'cancelled');
    const expected = spoilt ? 'skip' : states.every((state) => state === 'succeeded') ? 'run' : 'wait';
    expect([states, decide('all_succeeded', countParents(states))]).toEqual([states, expected]);
  }
});

test('a stage starts with its run when it has no dependency, or none within the run', () => {
  expect(startsReady({ dependsOn: [] })).toBe(true);
  expect(startsReady({ dependsOn: ['a'] })).toBe(false);
  expect(startsReady({ dependsOn: ['a', 'b'] }, 1)).toBe(false);
  expect(startsReady({ dependsOn: ['a', 'b'] }, 2)).toBe(true);
});
