/* A row as a table for people. */

const HEAD = ['', 'unit', 'Millrace', 'BullMQ flows', 'BullMQ by hand', 'to flows', 'to by hand'];

/** Its figures, or, when it has a `table` of its own, that. */
export const printRow = ({ title, figures = {}, table, notes = [] }) => {
  const all = Object.values(figures);
  console.log(`\n${title}`);
  printColumns(table?.map((line) => line.map(cell)) ?? [HEAD, ...all.map(cells)]);
  for (const [means, whats] of byMeaning(all)) console.log(`  · ${whats.join(', ')}: ${means}`);
  for (const note of notes) console.log(`  · ${note}`);
};

const printColumns = (lines) => {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines)
    console.log(`  ${line.map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join('  ')}`);
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

const cells = ({ what, unit, millrace, bullmq_flows, bullmq_by_hand, ratio_to_flows, ratio_to_by_hand }) => [
  what,
  unit,
  shown(millrace),
  shown(bullmq_flows),
  shown(bullmq_by_hand),
  shown(ratio_to_flows, 'x'),
  shown(ratio_to_by_hand, 'x'),
];

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
