/* A row as a table for people. */

const COLUMNS = {
  before: 'before',
  millrace: 'Millrace',
  bullmq_flows: 'BullMQ flows',
  bullmq_by_hand: 'BullMQ by hand',
  ratio_to_before: 'to before',
  ratio_to_flows: 'to flows',
  ratio_to_by_hand: 'to by hand',
};

/** Its figures, and the `table` of its own that it may have. */
export const printRow = ({ title, figures = {}, table, notes = [] }) => {
  const all = Object.values(figures);
  console.log(`\n${title}`);
  if (all.length > 0) printColumns(linesOf(all));
  if (table) printColumns(table.map((line) => line.map(cell)));
  for (const [means, whats] of byMeaning(all)) console.log(`  · ${whats.join(', ')}: ${means}`);
  for (const note of notes) console.log(`  · ${note}`);
};

const printColumns = (lines) => {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines)
    console.log(
      `  ${line.map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join('  ')}`,
    );
};

const cell = (value) => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? value.toLocaleString('en-US') : shown(value);
};

const byMeaning = (figures) => {
  const meanings = new Map();
  for (const { what, means } of figures) meanings.set(means, [...(meanings.get(means) ?? []), what]);
  return meanings;
};

/** Columns of contestants that did not take part are left out. */
const linesOf = (figures) => {
  const columns = Object.keys(COLUMNS).filter((column) => figures.some((figure) => figure[column] !== null));
  const suffix = (column) => (column.startsWith('ratio_') ? 'x' : '');
  return [
    ['', 'unit', ...columns.map((column) => COLUMNS[column])],
    ...figures.map((figure) => [
      figure.what,
      figure.unit,
      ...columns.map((column) => shown(figure[column], suffix(column))),
    ]),
  ];
};

/** "median (min-max)", or "median" when all rounds agree. */
const shown = (value, suffix = '') => {
  if (value === null) return '-';
  const { median, min, max } = value;
  const text = number(median) + suffix;
  return number(min) === number(max) ? text : `${text} (${number(min)}-${number(max)})`;
};

const number = (value) => {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
};
