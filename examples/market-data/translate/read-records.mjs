/** Reads a CSV file of any size as records, in constant memory, and finds its way back after a broken quote. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse } from 'csv-parse';

/** A row of prices or weather is far below this; more means a quote that never closes. Bytes. */
export const LONGEST_RECORD = 64 * 1024;
/** Each resynchronisation re-reads up to LONGEST_RECORD bytes, so their number is bounded. */
export const MOST_BROKEN_RECORDS = 1_000;

/**
 * @typedef {{ line: number, fields: string[] }} CsvRecord
 * @typedef {{ line: number, broken: string }} BrokenRecord
 * @typedef {{ offset: number, line: number, width: number | null }} Place behind the last whole record; the width is
 *   the first one's
 */

/**
 * Yields each record with the line (1-based) on which it begins. A byte order mark and empty lines are dropped,
 * quoted newlines are kept. A record whose quote does not close is yielded as broken, and reading goes on with
 * the line after its first one.
 * @param {string} path
 * @returns {AsyncGenerator<CsvRecord | BrokenRecord>}
 */
export async function* readRecords(path) {
  /** @type {Place} */
  const place = { offset: 0, line: 0, width: null };
  for (let broken = 0; ; ) {
    const failure = yield* readUntilBroken(path, place);
    if (!failure) return;
    broken += 1;
    if (broken > MOST_BROKEN_RECORDS)
      throw new Error(`more than ${MOST_BROKEN_RECORDS} records with unclosed quotes; this is not a CSV file`);
    const skipped = await skipOneLine(path, place.offset);
    yield { line: place.line + skipped.lines, broken: failure };
    place.offset = skipped.offset;
    place.line += skipped.lines;
  }
}

/**
 * Yields the whole records from `place` on and moves `place` behind each. Returns why it stopped early, or null at the
 * end of the file.
 * @param {string} path
 * @param {Place} place
 * @returns {AsyncGenerator<CsvRecord, string | null>}
 */
async function* readUntilBroken(path, place) {
  const start = { ...place };
  /** @type {string | null} */
  let failure = null;
  const file = createReadStream(path, { start: start.offset });
  const parser = parse({
    bom: start.offset === 0,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
    skip_records_with_error: true,
    // The parser has lost its place now: what it has read so far is taken, the rest of the file is kept from it.
    on_skip: (error) => {
      failure ??=
        error?.code === 'CSV_QUOTE_NOT_CLOSED'
          ? 'a quote is not closed'
          : `longer than ${LONGEST_RECORD} bytes; is a quote not closed?`;
      file.unpipe(parser);
      parser.end();
    },
    on_record: (fields, { lines, bytes }) => {
      // csv-parse 7.0 yields nothing after such an error; if another version did, its places would be wrong.
      if (failure !== null) return null;
      // The types say string[] here, whatever is returned; `info: true` would say the same at twice the cost.
      return /** @type {*} */ ({ fields, lines, bytes });
    },
  });
  file.on('error', (error) => parser.destroy(error));
  file.pipe(parser);
  try {
    for await (const { fields, lines, bytes } of parser) {
      const newlines = newlinesIn(fields);
      const width = (place.width ??= fields.length);
      if (newlines > 0 && looksTorn(fields, width))
        return 'a quote is not closed on its line, and what follows is no record';
      place.offset = start.offset + bytes;
      place.line = start.line + lines;
      yield { line: place.line - newlines, fields };
    }
    return failure;
  } finally {
    file.destroy();
    parser.destroy();
  }
}

/**
 * Whether the quote of a later line seemed to close the one of this line: then the lines between are rows of their own.
 * @param {string[]} fields
 * @param {number} width
 */
const looksTorn = (fields, width) =>
  fields.length !== width || fields.some((field) => field.startsWith('"') && field.includes('\n'));

/** @param {string[]} fields */
function newlinesIn(fields) {
  let count = 0;
  for (const field of fields) if (field.includes('\n')) count += field.split('\n').length - 1;
  return count;
}

/**
 * The offset behind the first line from `offset` on that is not empty, and how many lines that passed.
 * @param {string} path
 * @param {number} offset
 */
async function skipOneLine(path, offset) {
  const file = await open(path);
  try {
    const chunk = Buffer.alloc(LONGEST_RECORD);
    let lines = 0;
    let length = 0;
    for (let at = offset; ; ) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return { offset: at, lines: lines + 1 };
      for (let index = 0; index < bytesRead; index += 1) {
        const byte = chunk[index];
        if (byte !== 0x0a) {
          if (byte !== 0x0d) length += 1;
          continue;
        }
        lines += 1;
        if (length > 0) return { offset: at + index + 1, lines };
      }
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
