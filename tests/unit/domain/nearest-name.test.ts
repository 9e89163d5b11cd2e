import { didYouMean, nearestName } from '@millrace/core/domain';
import { expect, test } from 'vitest';

test.each([
  ['MILLRACE_PROT', 'MILLRACE_PORT'],
  ['millrace_host', 'MILLRACE_HOST'],
  ['MILLRACE_POTR', 'MILLRACE_PORT'],
  ['XYZ', null],
])('%s -> %s', (name, nearest) => {
  expect(nearestName(name, ['MILLRACE_HOST', 'MILLRACE_PORT'])).toBe(nearest);
});

test('a suggestion is a clause, or nothing', () => {
  expect(didYouMean('analyser', ['translator', 'analyzer'])).toBe(' (did you mean "analyzer"?)');
  expect(didYouMean('zebra', ['translator', 'analyzer'])).toBe('');
});
