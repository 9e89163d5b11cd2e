/**
 * Stage "translator": raw CSV files of several layouts -> normalised NDJSON, in constant memory. `node translate.mjs
 * --source all`
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { RowFile, publish } from './translate/row-file.mjs';
import { makeRunFolder, removeOldRunFolders } from './translate/run-folder.mjs';
import { findSources } from './translate/sources.mjs';
import { translateFile } from './translate/translate-file.mjs';

/** How many bad rows the output carries; all of them are in the artifact bad-rows.ndjson. */
const BAD_ROWS_SHOWN = 20;

try {
  await translate();
} catch (error) {
  console.error(`translate: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function translate() {
  const startedAt = new Date().toISOString();
  const { values } = parseArgs({ options: { source: { type: 'string', default: 'all' }, folder: { type: 'string' } } });
  const runId = fromEnvironment('MILLRACE_RUN_ID');
  const outputPath = fromEnvironment('MILLRACE_OUTPUT');
  const artifacts = fromEnvironment('MILLRACE_ARTIFACTS');
  const dataDir = process.env['MILLRACE_DATA_DIR'] || '.millrace';
  const sources = await findSources(values.source, values.folder);
  const folder = await makeRunFolder(dataDir, runId);
  await mkdir(artifacts, { recursive: true });

  /** @type {import('./translate/translate-file.mjs').BadRow[]} */
  const firstBadRows = [];
  const badRows = await RowFile.create(folder, 'bad-rows');
  const files = [];
  for (const source of sources) {
    const file = await translateFile(source, folder, (row) => {
      if (firstBadRows.length < BAD_ROWS_SHOWN) firstBadRows.push(row);
      return badRows.add(row);
    });
    files.push(file);
    await publish(file.path, join(artifacts, `${source.stem}.ndjson`));
    console.log(
      `${file.file}: ${file.layout}, ${file.rows} rows, ${file.bad_rows} bad${file.from ? `, ${file.from} to ${file.to}` : ''}`,
    );
  }
  const bad = await badRows.finish();
  if (badRows.rows > 0) await publish(bad.path, join(artifacts, 'bad-rows.ndjson'));

  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  if (rows === 0) throw new Error(`no usable row in ${files.map(({ file }) => file).join(', ')}`);
  await writeWhole(outputPath, {
    started_at: startedAt,
    source: values.source,
    files_processed: files.length,
    rows,
    bad_rows: badRows.rows,
    files,
    first_bad_rows: firstBadRows,
  });
  await removeOldRunFolders(dataDir, runId);
}

/** @param {string} name */
function fromEnvironment(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; this program is a stage: start it with "millrace run market-data"`);
  return value;
}

/** @param {string} path @param {object} value */
async function writeWhole(path, value) {
  const temporary = join(dirname(path), `.${process.pid}.output.partial`);
  await writeFile(temporary, JSON.stringify(value), { mode: 0o600 });
  await rename(temporary, path);
}
