/** The table as CSV (RFC 4180), safe to open in a spreadsheet. */
import { COLUMNS, type MergedRow } from './merged-rows.ts';

export async function* toCsv(lines: AsyncIterable<string>): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const line of lines) {
    const row = JSON.parse(line) as MergedRow;
    yield `${COLUMNS.map((column) => field(row[column])).join(',')}\r\n`;
  }
}

/** A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV injection"). */
export function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
