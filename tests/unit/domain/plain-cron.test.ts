import { problemOfCron } from '@millrace/core/definition';
import { plainCron } from '@millrace/core/domain';
import { expect, test } from 'vitest';

test.each([
  ['0 0 * * 0,7', '0 0 * * 0'],
  ['0 0 * * FRI-MON', '0 0 * * 5,6,0,1'],
  ['0 0 * * 5-1', '0 0 * * 5,6,0,1'],
  ['0 0 * * SAT-SUN', '0 0 * * 6,0'],
  ['0 0 * * 7-2', '0 0 * * 0,1,2'],
  ['0 0 * * FRI-MON/2', '0 0 * * 5,0'],
  ['0 0 * * FRI-MON,sun,WED', '0 0 * * 5,6,0,1,3'],
  ['0 0 * * 7/2', '0 0 * * 0'],
  ['0 0 1 NOV-FEB *', '0 0 1 11,12,1,2 *'],
  ['0 0 1 jan,11-2 *', '0 0 1 1,11,12,2 *'],
  ['30 0 22-2/2 30-2 * *', '30 0 22,0,2 30,31,1,2 * *'],
  ['0 0 13 * *,1', '0 0 13 * *'],
  ['0 0 13 * */1', '0 0 13 * *'],
  ['0 0 1,1 * 1-5,3', '0 0 1 * 1,2,3,4,5'],
])('%s is %s', (cron, plain) => {
  expect([problemOfCron(cron), plainCron(cron)]).toEqual([null, plain]);
});

test.each(['*/15 9-17 * * MON-FRI', '0 0 * * 5-7', '0 0 * * MON,WED-FRI,7', '0 0 L * 5L', '0 0 * * 1#2', 'nonsense'])(
  '%s stays as it is',
  (cron) => {
    expect(plainCron(cron)).toBe(cron);
  },
);

test.each([
  ['*/90 * * * *', /in the minute: a step must not be longer than 60/],
  ['0 0 * * 1-5/8', /in the weekday: a step must not be longer than 7/],
  ['0 0 * * FRI-MOO', /in the weekday/],
  ['0 0 * NOV-FEV *', /in the month/],
  ['0 0 31 FEB-FEB *', /never due/],
])('%s is refused', (cron, says) => {
  expect(problemOfCron(cron)).toMatch(says);
});
