import { parseRunReference, shortRunId } from '@millrace/core/domain';
import { expect, test } from 'vitest';

const ID = '019a2f3c-1111-7222-8333-0123456789ab';

test.each([
  [ID, { kind: 'id', runId: ID }],
  [` ${ID.toUpperCase()} `, { kind: 'id', runId: ID }],
  [shortRunId(ID), { kind: 'part', part: '456789ab' }],
  [`…${shortRunId(ID)}`, { kind: 'part', part: '456789ab' }],
  ['...89AB', { kind: 'part', part: '89ab' }],
  ['019a2f3c-11', { kind: 'part', part: '019a2f3c-11' }],
  ['@last', { kind: 'last', pipeline: null }],
  ['nightly@last', { kind: 'last', pipeline: 'nightly' }],
  ['9ab', null],
  ['nothing', null],
  ['', null],
  ['two words@last', null],
  ['nightly@first', null],
  [`${ID}0`, null],
])('%j names %j', (text, expected) => {
  expect(parseRunReference(text)).toEqual(expected);
});
