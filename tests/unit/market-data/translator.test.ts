/** The translator as a worker starts it, a real child process, on CSV files as people really send them. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Translated, type TranslatedFile, translated } from '../../../examples/market-data/shapes.ts';
import { PROGRAM, RUN_ID, runTranslator, type Translation } from './run-stages.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Puts the files into a folder of their own and translates them all. */
async function translateTexts(
  texts: Record<string, string | Buffer>,
  source = 'all',
): Promise<Translation & { parsed: Translated; rowsOf: (file: string) => Promise<unknown[]> }> {
  const folder = await temporaryFolder('csv');
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  const translation = await runTranslator(['--source', source, '--folder', folder]);
  const parsed = translation.output as Translated;
  return {
    ...translation,
    parsed,
    rowsOf: async (name) => linesOf((parsed.files.find(({ file }) => file === name) as TranslatedFile).path),
  };
}

const linesOf = async (path: string): Promise<unknown[]> =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

/** The translated rows of one file, and its bad rows as "line column: reason". */
async function translateOne(text: string | Buffer): Promise<{ rows: unknown[]; bad: string[]; file: TranslatedFile }> {
  const { exitCode, stderr, parsed, rowsOf } = await translateTexts(
    { 'x.csv': text, 'other.csv': 'date,close\n2000-01-01,1\n' },
    'x,other',
  );
  expect([exitCode, stderr]).toEqual([0, '']);
  translated.parse(parsed);
  return {
    rows: await rowsOf('x.csv'),
    bad: parsed.first_bad_rows.map(({ line, column, reason }) => `${line} ${column}: ${reason}`),
    file: parsed.files.find(({ file }) => file === 'x.csv') as TranslatedFile,
  };
}

describe('layouts', () => {
  it('reads every date and number format that the shipped files use, and more', async () => {
    const { rows, bad } = await translateOne(
      'Date,Close\nJan 1 2000,"1,394.46"\n2000-02-01,+2.5\n2000/3/1,1e3\n20000401,.5\n2000-05-01T16:00:00Z,5.\n"March 3, 2001",7\n2000-02-29,8\n',
    );
    expect(bad).toEqual([]);
    expect(rows).toEqual([
      { symbol: 'x', date: '2000-01-01', close: 1394.46 },
      { symbol: 'x', date: '2000-02-01', close: 2.5 },
      { symbol: 'x', date: '2000-03-01', close: 1000 },
      { symbol: 'x', date: '2000-04-01', close: 0.5 },
      { symbol: 'x', date: '2000-05-01', close: 5 },
      { symbol: 'x', date: '2001-03-03', close: 7 },
      { symbol: 'x', date: '2000-02-29', close: 8 },
    ]);
  });

  it('keeps the optional columns that have a value, names the series, and says what it does not use', async () => {
    const { rows, file } = await translateOne(
      'ticker, volume ,date,low,high,open,price,Adj Close\nA  B,10,2000-01-03,1,3,2,2.5,9\nC,NA,2000-01-03,null,,-,2.5,9\n',
    );
    expect(rows).toEqual([
      { symbol: 'A B', date: '2000-01-03', open: 2, high: 3, low: 1, close: 2.5, volume: 10 },
      { symbol: 'C', date: '2000-01-03', close: 2.5 },
    ]);
    expect(file).toMatchObject({ layout: 'prices', series: 2, ignored_columns: ['Adj Close'] });
  });

  it('reads weather', async () => {
    const { rows, bad, file } = await translateOne(
      'location,date,temp_max,temp_min,precipitation,wind,weather\nOslo,2000-01-03,-1.5,-9,0,3,snow\nOslo,2000-01-04,-9,-1,0,3,snow\n',
    );
    expect(file.layout).toBe('weather');
    expect(rows).toEqual([
      {
        location: 'Oslo',
        date: '2000-01-03',
        temp_max: -1.5,
        temp_min: -9,
        precipitation: 0,
        wind: 3,
        weather: 'snow',
      },
    ]);
    expect(bad).toEqual(['3 temp_max: is below the minimum (-1)']);
  });
});

describe('bad rows', () => {
  it('are reported with line, column and reason, and the others are used', async () => {
    const { rows, bad, file } = await translateOne(
      [
        'date,open,high,low,close,volume',
        '2000-01-03,1,3,1,2,10',
        '2000-02-30,1,3,1,2,10',
        '1/4/2000,1,3,1,2,10',
        ',1,3,1,2,10',
        '2000-01-05,1,3,1,,10',
        '2000-01-05,1,3,1,abc,10',
        '2000-01-05,1,3,1,0x10,10',
        '2000-01-05,1,3,1,Infinity,10',
        '2000-01-05,1,3,1,0,10',
        '2000-01-05,1,3,1,-2,10',
        '2000-01-05,1,1,3,2,10',
        '2000-01-05,1,3,1,2,-1',
        '2000-01-05,1,3,1',
        '2000-01-05,1,3,1,2,10,11',
        '2000-01-06,1,3,1,2,10',
      ].join('\n'),
    );
    expect(bad).toEqual([
      '3 date: is not a date',
      '4 date: is not a date',
      '5 date: is missing',
      '6 close: is missing',
      '7 close: is not a number',
      '8 close: is not a number',
      '9 close: is not a number',
      '10 close: is outside 1e-9 .. 1000000000000',
      '11 close: is outside 1e-9 .. 1000000000000',
      '12 high: is below the low (3)',
      '13 volume: is outside 0 .. 1000000000000000000',
      '14 : has 4 fields, the header has 6',
      '15 : has 7 fields, the header has 6',
    ]);
    expect(rows.map((row) => (row as { date: string }).date)).toEqual(['2000-01-03', '2000-01-06']);
    expect(file).toMatchObject({ rows: 2, bad_rows: 13 });
  });

  it('show the first 20 in the output, and all of them in the artifact', async () => {
    const { parsed, artifacts, rowsOf } = await translateTexts({
      'x.csv': `date,close\n2000-01-01,1\n${'nonsense,1\n'.repeat(1_000)}`,
    });
    expect(parsed.first_bad_rows).toHaveLength(20);
    expect(parsed.bad_rows).toBe(1_000);
    const all = await linesOf(join(artifacts, 'bad-rows.ndjson'));
    expect(all).toHaveLength(1_000);
    expect(all[999]).toEqual({
      file: 'x.csv',
      line: 1_002,
      column: 'date',
      value: 'nonsense',
      reason: 'is not a date',
    });
    expect(await rowsOf('x.csv')).toHaveLength(1);
  });

  it('include a second row for a date, wherever it stands; the first counts', async () => {
    const { rows, bad } = await translateOne(
      'symbol,date,close\nA,2000-01-03,1\nB,2000-01-03,2\nA,2000-01-04,3\nA,2000-01-03,9\n',
    );
    expect(rows).toHaveLength(3);
    expect(bad).toEqual(['5 date: A already has a row for this date; the first one counts']);
  });
});

describe('files as they come', () => {
  it('may begin with a byte order mark, end without a newline and have CRLF and empty lines', async () => {
    const { rows, bad } = await translateOne('\ufeff"date",close\r\n2000-01-03,1\r\n\r\n2000-01-04,2');
    expect([rows.length, bad]).toEqual([2, []]);
  });

  it('may have newlines, commas and quotes inside quotes; lines are still counted right', async () => {
    const { rows, bad } = await translateOne(
      'symbol,date,close\n"A\nB, ""C""",2000-01-03,1\nD,nonsense,2\n"E\nF",nonsense,3\n',
    );
    expect(rows).toEqual([{ symbol: 'A B, "C"', date: '2000-01-03', close: 1 }]);
    expect(bad).toEqual(['4 date: is not a date', '5 date: is not a date']);
  });

  it('lose one row, not the rest, to a quote that never closes', async () => {
    const { rows, bad } = await translateOne(
      'symbol,date,close\nA,2000-01-03,1\n\n"B,2000-01-03,2\nC,2000-01-03,3\nD,nonsense,4\n',
    );
    expect(rows.map((row) => (row as { symbol: string }).symbol)).toEqual(['A', 'C']);
    expect(bad).toEqual(['4 : a quote is not closed', '6 date: is not a date']);
  });

  it('lose no rows between two such quotes', async () => {
    const { rows, bad } = await translateOne(
      'symbol,date,close\n"A,2000-01-03,1\nB,2000-01-03,2\n"C,2000-01-03,3\nD,2000-01-03,4\n',
    );
    expect(rows.map((row) => (row as { symbol: string }).symbol)).toEqual(['B', 'D']);
    expect(bad.map((line) => Number.parseInt(line, 10))).toEqual([2, 4]);
  });

  it('lose no rows to a quote that closes on a later line', async () => {
    const { rows, bad } = await translateOne(
      'date,close\n"2000-01-03,1\n2000-01-04,2\n2000-01-05",3,4\n2000-01-06,5\n',
    );
    expect(rows.map((row) => (row as { close: number }).close)).toEqual([2, 5]);
    expect(bad.map((line) => Number.parseInt(line, 10))).toEqual([2, 4]);
  });

  it('lose one row, not the rest, to a quote that never closes in a long file', async () => {
    const days = Array.from({ length: 20_000 }, (_, index) =>
      new Date(Date.UTC(1990, 0, 1 + index)).toISOString().slice(0, 10),
    );
    // The second quote seems to close the first one, after which the CSV library continues as if nothing had been lost.
    const lines = days.map((day, index) =>
      index === 5_000 ? `"${day},1` : index === 12_000 ? `${day},1"` : `${day},1`,
    );
    const { rows, bad } = await translateOne(`date,close\n${lines.join('\n')}\n`);
    expect(rows).toHaveLength(19_998);
    expect(bad).toEqual(['5002 : longer than 65536 bytes; is a quote not closed?', '12002 close: is not a number']);
  });

  it.runIf(existsSync('/proc/self/io'))('are read again only a little for each quote that never closes', async () => {
    const broken = Array.from(
      { length: 100 },
      (_, index) => `"broken\n${`A${index},2000-01-03,1,${'x'.repeat(8_000)}\n`.repeat(10)}`,
    );
    const folder = await temporaryFolder('csv');
    await writeFile(join(folder, 'x.csv'), `symbol,date,close,comment\n${broken.join('')}`);
    const tellBytesRead = `data:text/javascript,import{readFileSync}from'node:fs';process.on('exit',()=>console.log(readFileSync('/proc/self/io','utf8')))`;
    const { output, stdout } = await runTranslator(['--folder', folder], { nodeArgs: ['--import', tellBytesRead] });
    expect(output).toMatchObject({ rows: 100, bad_rows: 100 + 900 });
    // The file is 8 MB; read to its end from each of 100 places it would be 400 MB.
    expect(Number(/rchar: (\d+)/.exec(stdout)?.[1])).toBeLessThan(8_000_000 + 100 * 1_000_000);
  });

  it('may be out of order, which is counted', async () => {
    const { rows, file } = await translateOne('date,close\n2000-01-05,1\n2000-01-03,2\n2000-01-04,3\n2000-01-06,4\n');
    expect(rows).toHaveLength(4);
    expect(file).toMatchObject({ out_of_order: 2, from: '2000-01-03', to: '2000-01-06' });
  });

  it('may be empty, or only a header', async () => {
    expect((await translateOne('')).file).toMatchObject({
      layout: 'empty',
      rows: 0,
      bad_rows: 0,
      series: 0,
      from: null,
      to: null,
    });
    expect((await translateOne('date,close\n')).file).toMatchObject({ layout: 'prices', rows: 0 });
  });

  it('may hold bytes that are not UTF-8', async () => {
    const { bad } = await translateOne(Buffer.from('symbol,date,close\nSoci\xe9t\xe9,2000-01-03,1\n', 'latin1'));
    expect(bad).toEqual(['2 symbol: is not UTF-8']);
  });
});

describe('what it refuses', () => {
  /** Exit code 1, one line with the reason, nothing on MILLRACE_OUTPUT and no file that looks finished. */
  async function refusal(texts: Record<string, string>, source = 'all'): Promise<string> {
    const { exitCode, stderr, output, dataDir } = await translateTexts(texts, source);
    expect([exitCode, output]).toEqual([1, null]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    const left = await readdir(join(dataDir, 'work', RUN_ID)).catch(() => []);
    for (const [name] of Object.entries(texts))
      expect(left.filter((file) => file.startsWith(name.replace(/csv$/, '')))).toEqual([]);
    return stderr;
  }

  it('a header that it does not know, by name', async () => {
    expect(await refusal({ 'x.csv': 'iata,name\nA,B\n' })).toMatch(
      /^translate: x\.csv: unknown header \[iata, name\]; known layouts: prices \(date, close; .*\) or weather/,
    );
    expect(await refusal({ 'x.csv': 'date;close\n2000-01-01;1\n' })).toContain('(only commas separate fields)');
    expect(await refusal({ 'x.csv': 'date,close,price\n2000-01-01,1,1\n' })).toContain('has two columns for "close"');
  });

  it('a source that is not there, with those that are', async () => {
    expect(await refusal({ 'x.csv': 'date,close\n2000-01-01,1\n' }, 'y')).toMatch(
      /there is no source "y" in .*; there are: x$/m,
    );
    expect(await refusal({ 'x.csv': 'date,close\n2000-01-01,1\n' }, '../x')).toContain('there is no source "../x"');
    expect(await refusal({})).toContain('there are no CSV files');
  });

  it('files without one usable row', async () => {
    const { exitCode, stderr, output } = await translateTexts({ 'x.csv': 'date,close\nnonsense,1\n' });
    expect([exitCode, stderr, output]).toEqual([1, 'translate: no usable row in x.csv\n', null]);
  });

  it('a folder that is not there, a directory that is called like a file, and an unknown option', async () => {
    expect((await runTranslator(['--folder', '/nowhere/at/all'])).stderr).toContain(
      'the folder /nowhere/at/all cannot be read: ENOENT',
    );
    expect((await runTranslator(['--sauce', 'all'])).stderr).toContain("Unknown option '--sauce'");
    const folder = await temporaryFolder('csv');
    await mkdir(join(folder, 'x.csv'));
    expect((await runTranslator(['--folder', folder])).stderr).toContain('x.csv is not a file');
  });

  it('a run id that would lead out of the data folder', async () => {
    expect((await runTranslator(['--source', 'sp500'], { runId: '../../evil' })).stderr).toContain('is not a run id');
  });
});

describe('the run folder', () => {
  it('gives a repeated attempt the same files, and leaves no partial one', async () => {
    const first = await runTranslator(['--source', 'sp500']);
    const second = await runTranslator(['--source', 'sp500'], { dataDir: first.dataDir });
    expect((second.output as Translated).files).toEqual((first.output as Translated).files);
    const left = await readdir(join(first.dataDir, 'work', RUN_ID));
    expect(left.filter((name) => name.endsWith('.partial'))).toEqual([]);
    expect(left.filter((name) => name.startsWith('sp500.'))).toHaveLength(1);
  });

  it('is removed when 24 newer runs have one; what others keep there is not', async () => {
    const idOf = (index: number): string => `019ab000-0000-7000-8000-0000000000${String(index).padStart(2, '0')}`;
    const { dataDir } = await runTranslator(['--source', 'sp500'], { runId: idOf(0) });
    for (let index = 1; index < 24; index += 1) {
      await mkdir(join(dataDir, 'work', idOf(index)), { recursive: true });
      await writeFile(join(dataDir, 'work', idOf(index), '.market-data'), '');
    }
    await mkdir(join(dataDir, 'work', '000-of-others'));
    await runTranslator(['--source', 'sp500'], { runId: idOf(24), dataDir });
    const left = await readdir(join(dataDir, 'work'));
    expect(left).toContain('000-of-others');
    expect(left.filter((name) => name.startsWith('019'))).toEqual(
      Array.from({ length: 24 }, (_, index) => idOf(index + 1)),
    );
  });

  it('says what it is when it is started by hand', async () => {
    const { execFile } = await import('node:child_process');
    const stderr = await new Promise<string>((resolve) =>
      execFile(process.execPath, [PROGRAM], { env: {} }, (_error, _stdout, text) => resolve(text)),
    );
    expect(stderr).toBe(
      'translate: MILLRACE_RUN_ID is not set; this program is a stage: start it with "millrace run market-data"\n',
    );
  });
});
