/** A file far larger than the memory that the translator is given. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, expect, it } from 'vitest';
import { translated } from '../../../examples/market-data/shapes.ts';
import { runTranslator } from '../../unit/market-data/run-stages.ts';

const MEGABYTE = 1024 * 1024;
const SIZE = 200 * MEGABYTE;
const COMMENT = 'a column that the translator has no use for and says so. '.repeat(2);
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

it('a file of 200 MB passes through a heap of 64 MB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'market-data-large-'));
  folders.push(folder);
  const path = join(folder, 'large.csv');
  const counted = { rows: 0, bad: 0 };
  await pipeline(Readable.from(chunks(counted)), createWriteStream(path));
  expect((await stat(path)).size).toBeGreaterThan(SIZE);

  const translation = await runTranslator(['--folder', folder], { nodeArgs: ['--max-old-space-size=64'] });
  folders.push(translation.dataDir, join(translation.artifacts, '..'));
  expect([translation.exitCode, translation.stderr]).toEqual([0, '']);
  const output = translated.parse(translation.output);
  expect(output).toMatchObject({
    rows: counted.rows,
    bad_rows: counted.bad,
    files: [{ series: 300, out_of_order: 0, ignored_columns: ['comment'] }],
  });
}, 300_000);

/** 300 symbols, day after day; every thousandth row is bad. */
function* chunks(counted: { rows: number; bad: number }): Generator<string> {
  yield 'symbol,date,open,high,low,close,volume,comment\n';
  for (let day = 0, written = 0; written <= SIZE; day += 1) {
    const date = new Date(Date.UTC(1900, 0, 1 + day)).toISOString().slice(0, 10);
    let chunk = '';
    for (let symbol = 0; symbol < 300; symbol += 1) {
      const bad = (counted.rows + counted.bad) % 1_000 === 999;
      chunk += `SYMBOL${symbol},${date},${100 + symbol}.25,${101 + symbol}.5,${99 + symbol}.125,${bad ? 'n/a' : `${100 + symbol}.75`},${1_000_000 + day},${COMMENT}\n`;
      counted[bad ? 'bad' : 'rows'] += 1;
    }
    written += chunk.length;
    yield chunk;
  }
}
