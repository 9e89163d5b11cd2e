import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${ROOT}docs/guarantees.md`, 'utf8');

/** Rows of the tables, without their heads. */
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| promise |'));

test('every promise names tests, and each of them is there', () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) {
    const files = [...row.split('|')[2]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
    expect(files, row).not.toEqual([]);
    for (const file of files) {
      expect(file, row).toMatch(/^tests\/.*\.test\.ts$/);
      expect(existsSync(`${ROOT}${file}`), file).toBe(true);
    }
  }
});

test('the files that the README names are there too', () => {
  const readme = readFileSync(`${ROOT}README.md`, 'utf8');
  for (const [, path] of readme.matchAll(/`(tests\/[^`]+)`/g)) expect(existsSync(`${ROOT}${path}`), path).toBe(true);
  for (const [, path] of readme.matchAll(/\]\((docs\/[^)]+|[A-Z]+\.md)\)/g))
    expect(existsSync(`${ROOT}${path}`), path).toBe(true);
});
