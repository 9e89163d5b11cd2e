/** Which CSV files a `--source` stands for. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The market files of vega-datasets; seattle-weather repeats a part of weather, the rest is about airports, birds and
 * movies.
 */
const MARKET_FILES = ['sp500-2000', 'sp500', 'stocks', 'weather'];
const MOST_FILES = 200;

/**
 * @param {string} source "all", or names of files without ".csv", with commas between
 * @param {string | undefined} folder where the files are; the installed vega-datasets by default, in which "all"
 *   means the market files
 * @returns {Promise<{ stem: string, path: string }[]>} in the order in which they were named
 */
export async function findSources(source, folder) {
  const place = folder === undefined ? shippedFolder() : resolve(folder);
  const there = await csvStems(place);
  const wanted =
    source !== 'all' ? source.split(',').map((name) => name.trim()) : folder === undefined ? MARKET_FILES : there;
  const missing = wanted.find((stem) => !there.includes(stem));
  if (missing !== undefined)
    throw new Error(
      `there is no source "${missing}" in ${place}; there are: ${there.slice(0, 50).join(', ') || 'no CSV files'}`,
    );
  const stems = [...new Set(wanted)];
  if (stems.length === 0) throw new Error(`there are no CSV files in ${place}`);
  if (stems.length > MOST_FILES)
    throw new Error(`${stems.length} files in ${place}; at most ${MOST_FILES} go into one run`);
  const files = stems.map((stem) => ({ stem, path: join(place, `${stem}.csv`) }));
  for (const { path } of files) if (!(await stat(path)).isFile()) throw new Error(`${path} is not a file`);
  return files;
}

const shippedFolder = () => join(dirname(fileURLToPath(import.meta.resolve('vega-datasets'))), '..', 'data');

/** @param {string} folder */
async function csvStems(folder) {
  const names = await readdir(folder).catch((cause) => {
    throw new Error(`the folder ${folder} cannot be read: ${cause.code ?? cause.message}`, { cause });
  });
  return names
    .filter((name) => name.endsWith('.csv') && !name.startsWith('.'))
    .map((name) => basename(name, '.csv'))
    .sort();
}
