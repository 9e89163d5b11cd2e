/** Translates one CSV file into one NDJSON file of normalised rows, and reports every row that it could not use. */
import { matchLayout } from './layouts.mjs';
import { readRecords } from './read-records.mjs';
import { RowFile } from './row-file.mjs';
import { SeenDates } from './seen-dates.mjs';

const CLIP = 120;
const TELL_EVERY = 1_000_000;

/**
 * @typedef {{ file: string, line: number, column: string, value: string, reason: string }} BadRow
 */

/**
 * Rows keep the file's order; `out_of_order` counts those that come before an earlier row of their series.
 * Of two rows with the same series and date the first wins and the second is bad.
 * @param {{ stem: string, path: string }} source
 * @param {string} folder
 * @param {(row: BadRow) => Promise<void> | undefined} reportBad
 */
export async function translateFile({ stem, path }, folder, reportBad) {
  const file = `${stem}.csv`;
  const seen = new SeenDates();
  const output = await RowFile.create(folder, stem);
  let badRows = 0;
  /** @param {number} line @param {string} column @param {string} value @param {string} reason */
  const bad = (line, column, value, reason) => {
    badRows += 1;
    return reportBad({ file, line, column, value: value.slice(0, CLIP), reason });
  };
  try {
    /** @type {ReturnType<typeof matchLayout> | null} */
    let match = null;
    for await (const record of readRecords(path)) {
      if ('broken' in record) {
        if (!match) throw new Error(`the header cannot be read: ${record.broken}`);
        await bad(record.line, '', '', record.broken);
      } else if (!match) {
        match = matchLayout(record.fields, stem);
      } else {
        const outcome = match.normalise(record.fields);
        if ('fault' in outcome) await bad(record.line, outcome.fault.column, outcome.fault.value, outcome.fault.reason);
        else if (!seen.add(outcome.series, outcome.row.date))
          await bad(
            record.line,
            'date',
            outcome.row.date,
            `${outcome.series} already has a row for this date; the first one counts`,
          );
        else {
          const flushing = output.add(outcome.row);
          if (flushing) await flushing;
          if (output.rows % TELL_EVERY === 0) console.log(`${file}: ${output.rows} rows so far`);
        }
      }
    }
    const written = await output.finish();
    return {
      file,
      layout: match?.layout ?? 'empty',
      rows: output.rows,
      bad_rows: badRows,
      out_of_order: seen.outOfOrder,
      series: seen.count,
      from: seen.from,
      to: seen.to,
      ignored_columns: match?.ignored ?? [],
      ...written,
    };
  } catch (error) {
    await output.discard();
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
