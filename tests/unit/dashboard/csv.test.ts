import { expect, test } from 'vitest';
import { parseCsv, separatorOf } from '../../../apps/dashboard/src/parts/artifacts/csv.ts';

test('rows and fields, with any line end, with or without one at the end', () => {
  const rows = [
    ['a', 'b'],
    ['1', ''],
    ['', '2'],
  ];
  expect(parseCsv('a,b\n1,\n,2', ',')).toEqual(rows);
  expect(parseCsv('a,b\r\n1,\r\n,2\r\n', ',')).toEqual(rows);
  expect(parseCsv('a,b\r1,\r,2\r', ',')).toEqual(rows);
});

test('quoted fields hold separators, quotes and line ends', () => {
  expect(parseCsv('"a,b","say ""hi""","two\r\nlines",""\nx,y,z,w', ',')).toEqual([
    ['a,b', 'say "hi"', 'two\r\nlines', ''],
    ['x', 'y', 'z', 'w'],
  ]);
});

test('what breaks the rules is taken as it stands', () => {
  expect(parseCsv('"never ended,\n1', ',')).toEqual([['never ended,\n1']]);
  expect(parseCsv('"a"b,c"d"\n', ',')).toEqual([['ab', 'c"d"']]);
});

test('a byte order mark is no part of the first name; nothing is no row', () => {
  expect(parseCsv('\ufeffa,b', ',')).toEqual([['a', 'b']]);
  expect(parseCsv('', ',')).toEqual([]);
  expect(parseCsv('a,', ',')).toEqual([['a', '']]);
});

test('the separator is the one that the first line has most of', () => {
  expect(separatorOf('a;b;c\n1,5;2;3')).toBe(';');
  expect(separatorOf('a\tb')).toBe('\t');
  expect(separatorOf('alone')).toBe(',');
});
