import { formatDecision, isNewEnough } from '@millrace/core/embedded';
import { expect, test } from 'vitest';

test.each([
  ['6.2.0', true],
  ['7.0.15', true],
  ['10.0.0', true],
  ['6.0.16', false],
  ['5.0.14', false],
])('Redis %s is new enough: %s', (version, answer) => {
  expect(isNewEnough(version)).toBe(answer);
});

test('the decision reads as a list of what was looked at', () => {
  expect(
    formatDecision([
      { step: 'REDIS_URL', outcome: 'passed', reason: 'not set' },
      { step: 'project cache', outcome: 'failed', reason: 'broken' },
      { step: 'apt without root', outcome: 'chosen', reason: 'here' },
    ]),
  ).toBe('- REDIS_URL         not set\nx project cache     broken\n+ apt without root  here');
});
