import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sourceExcerpt } from '../../../apps/cli/src/source-excerpt.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-excerpt-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The character above the caret. */
const pointedAt = ([line, caret]: readonly string[]): string | undefined => line?.[caret!.indexOf('^')];
const excerpt = (text: string, place: string): readonly string[] => {
  writeFileSync(join(dir, 'a:b.yaml'), text);
  return sourceExcerpt(`${join(dir, 'a:b.yaml')}:${place}`);
};

test('a line with its number, and a caret under the column', () => {
  expect(excerpt('a: 1\r\n  b: 2\r\n', '2:3')).toEqual(['2 |   b: 2', '  |   ^']);
  expect(excerpt(`${'x\n'.repeat(99)}  y: 1`, '100:6')).toEqual(['100 |   y: 1', '    |      ^']);
  expect(excerpt('a: 1', '1:99')).toEqual(['1 | a: 1', '  |     ^']);
});

test('the caret stays under its column behind a mark, a tab, what a terminal obeys, and wide letters', () => {
  expect(excerpt('\ufeffa: 1', '1:1')).toEqual(['1 | a: 1', '  | ^']);
  expect(excerpt('\ta: \x1b[31mz', '1:10')).toEqual(['1 |  a: \ufffd[31mz', '  |          ^']);
  expect(excerpt('日本: z', '1:5')).toEqual(['1 | 日本: z', '  |       ^']);
});

test('of a long line the part around the place', () => {
  const lines = excerpt(`a: [${'x, '.repeat(1_000)}Y, ${'x, '.repeat(1_000)}]`, '1:3005');
  expect(lines[0]!.length).toBeLessThan(130);
  expect(pointedAt(lines)).toBe('Y');
});

test('a place without a line, or of no file, has none', () => {
  expect(excerpt('a: 1', '7:1')).toEqual([]);
  expect(sourceExcerpt('stages.a.run')).toEqual([]);
  expect(sourceExcerpt(`${dir}/none.yaml:1:1`)).toEqual([]);
});
