/**
 * Parses delimited text (RFC 4180): quoted fields may hold separators, quotes ("") and line ends. Malformed fields are
 * kept as they are.
 */
export const parseCsv = (text: string, separator: string): readonly (readonly string[])[] => {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  const endRow = (): void => {
    rows.push(row);
    row = [];
  };
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at, separator);
    row.push(field.value);
    at = field.end;
    if (at >= text.length) break;
    if (text[at] === separator) {
      at += 1;
      if (at === text.length) row.push('');
      continue;
    }
    at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
    endRow();
  }
  if (row.length > 0) endRow();
  return rows;

  /** A quoted field ends at a quote that is not doubled; what follows it up to the separator still belongs to it. */
  function quotedField(from: string, start: number): Field {
    let value = '';
    let cursor = start + 1;
    for (;;) {
      const quote = from.indexOf('"', cursor);
      if (quote === -1) return { value: value + from.slice(cursor), end: from.length };
      value += from.slice(cursor, quote);
      if (from[quote + 1] !== '"') {
        const rest = plainField(from, quote + 1, separator);
        return { value: value + rest.value, end: rest.end };
      }
      value += '"';
      cursor = quote + 2;
    }
  }
};

interface Field {
  readonly value: string;
  readonly end: number;
}

const plainField = (text: string, start: number, separator: string): Field => {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end++;
  return { value: text.slice(start, end), end };
};

/** The most frequent of , ; tab and | in the first line. */
export const separatorOf = (text: string): string => {
  const end = text.search(/[\r\n]/);
  const first = end === -1 ? text : text.slice(0, end);
  const count = (separator: string): number => first.split(separator).length;
  return SEPARATORS.reduce((best, separator) => (count(separator) > count(best) ? separator : best));
};
const SEPARATORS = [',', ';', '\t', '|'];
