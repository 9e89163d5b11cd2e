import { expect, test } from 'vitest';
import { bestOf, scoreOf } from '../../../apps/dashboard/src/shell/palette-score.ts';

const named = (name: string, more = '') => ({ name, more });
const order = (query: string, ...names: string[]) =>
  bestOf(
    query,
    names.map((name) => named(name)),
    (text) => text,
    10,
  ).map(({ name }) => name);

test('a word is found as a whole, or letter by letter in the name', () => {
  expect(scoreOf('price', named('prices'))).not.toBeNull();
  expect(scoreOf('mdy', named('market-data yearly'))).not.toBeNull();
  expect(scoreOf('ydm', named('market-data yearly'))).toBeNull();
  expect(scoreOf('priX', named('prices'))).toBeNull();
});

test('what else is known is searched by whole words only: a long description would answer to anything', () => {
  expect(scoreOf('indicators', named('chain', 'raw prices to indicators'))).not.toBeNull();
  expect(scoreOf('rpti', named('chain', 'raw prices to indicators'))).toBeNull();
});

test('every word of the query must be found', () => {
  expect(scoreOf('start prices', named('prices Start'))).not.toBeNull();
  expect(scoreOf('start weather', named('prices Start'))).toBeNull();
});

test('the name itself, then starts of words, then middles, then scattered letters; equals keep their order', () => {
  expect(order('prices', 'daily-prices', 'prices-daily', 'prices')).toEqual(['prices', 'prices-daily', 'daily-prices']);
  expect(order('run', 'prune', 'a runner', 'refund now')).toEqual(['a runner', 'prune', 'refund now']);
  expect(order('', 'b', 'a')).toEqual(['b', 'a']);
});

test('letter case and signs of patterns mean nothing', () => {
  expect(scoreOf('MARKET', named('market-data'))).toBe(scoreOf('market', named('market-data')));
  expect(scoreOf('.*(', named('market-data'))).toBeNull();
});
