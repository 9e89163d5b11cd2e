import {
  countParents,
  decide,
  isTerminalStage,
  STAGE_STATES,
  type StageStatus,
  startsReady,
  TRIGGER_RULE_NAMES,
  type TriggerRuleName,
} from '@millrace/core/domain';
import { expect, test } from 'vitest';

/** Every combination of states that so many parents can be in. */
const combinations = (parents: number): StageStatus[][] =>
  parents === 0 ? [[]] : combinations(parents - 1).flatMap((states) => STAGE_STATES.map((state) => [...states, state]));

test.each([0, 1, 2, 3, 4])('all_succeeded decides as it is defined for every state of %i parents', (parents) => {
  for (const states of combinations(parents)) {
    const spoilt = states.some((state) => state === 'failed' || state === 'upstream_failed' || state === 'cancelled');
    const skipped = states.includes('skipped') ? 'skip' : 'wait';
    const expected = spoilt ? 'fail' : states.every((state) => state === 'succeeded') ? 'run' : skipped;
    expect([states, decide('all_succeeded', countParents(states))]).toEqual([states, expected]);
  }
});

/** As Airflow states them: by the states of the parents once all have ended. */
const MET: Readonly<
  Record<TriggerRuleName, (is: (...states: StageStatus[]) => { all: boolean; any: boolean }) => boolean>
> = {
  all_succeeded: (are) => are('succeeded').all,
  all_failed: (are) => are(...FAILED).all,
  all_done: () => true,
  one_succeeded: (are) => are('succeeded').any,
  one_failed: (are) => are(...FAILED).any,
  one_done: (are) => are('succeeded', ...FAILED).any,
  none_failed: (are) => !are(...FAILED).any,
  none_failed_min_one_succeeded: (are) => !are(...FAILED).any && are('succeeded').any,
  none_skipped: (are) => !are('skipped').any,
  always: () => true,
};
const FAILED = ['failed', 'upstream_failed', 'cancelled'] as const;

test.each(TRIGGER_RULE_NAMES)('%s runs exactly if it is met, and never waits for what has ended', (rule) => {
  for (const states of [1, 2, 3].flatMap(combinations).filter((all) => all.every(isTerminalStage))) {
    const met = MET[rule]((...names) => ({
      all: states.every((state) => names.includes(state)),
      any: states.some((state) => names.includes(state)),
    }));
    const decision = decide(rule, countParents(states));
    expect([states, decision === 'run', decision === 'wait']).toEqual([states, met, false]);
    // A stage ends `upstream_failed` only behind a failure.
    if (decision === 'fail') expect(states.some((state) => FAILED.includes(state as never))).toBe(true);
  }
});

test.each(TRIGGER_RULE_NAMES)('what %s has decided stays decided: it runs, or never does', (rule) => {
  for (const states of [1, 2, 3].flatMap(combinations)) {
    const before = decide(rule, countParents(states));
    if (before === 'wait') continue;
    for (const [at, state] of states.entries())
      if (!isTerminalStage(state))
        for (const later of STAGE_STATES)
          expect([states, later, decide(rule, countParents(states.with(at, later))) === 'run']).toEqual([
            states,
            later,
            before === 'run',
          ]);
  }
});

test('a stage starts with its run when it has no dependency, or none within the run', () => {
  const when = 'all_succeeded';
  expect(startsReady({ dependsOn: [], when })).toBe(true);
  expect(startsReady({ dependsOn: ['a'], when })).toBe(false);
  expect(startsReady({ dependsOn: ['a', 'b'], when }, 1)).toBe(false);
  expect(startsReady({ dependsOn: ['a', 'b'], when }, 2)).toBe(true);
  expect(startsReady({ dependsOn: ['a'], when: 'all_failed' }, 1)).toBe(true);
  expect(startsReady({ dependsOn: ['a'], when: 'always' })).toBe(true);
});
