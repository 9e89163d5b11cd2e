import { expect, test } from 'vitest';
import { fromYaml, problemsOf } from './definition-fixture.ts';

const problems = (timezone: string) =>
  problemsOf(() =>
    fromYaml(`name: p\nschedules: [{ cron: "0 9 * * *", timezone: ${timezone} }]\nstages: { a: { command: [x] } }`),
  );

test.each([
  ['BST', 'Europe/London'],
  ['est', 'America/New_York'],
  ['AST', 'America/Halifax'],
  ['ART', 'America/Argentina/Buenos_Aires'],
  ['SystemV/EST5', null],
  ['VST', null],
])('%s is not a name of the tz database', (timezone, meant) => {
  expect(problems(timezone)).toEqual([
    expect.stringContaining(meant === null ? 'is not an IANA time zone' : `(did you mean "${meant}"?)`),
  ]);
});

test.each([...Intl.supportedValuesOf('timeZone'), 'UTC', 'US/Eastern', 'Etc/GMT+5', 'Japan', 'GMT'])(
  '%s is one',
  (timezone) => {
    expect(problems(timezone)).toEqual([]);
  },
);
