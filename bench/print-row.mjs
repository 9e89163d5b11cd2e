/* A row as a table for people. */

const HEAD = ['', 'unit', 'Millrace', 'BullMQ flows', 'BullMQ by hand', 'to flows', 'to by hand'];

export const printRow = ({ title, figures, notes = [] }) => {
  const all = Object.values(figures);
  console.log(`\n${title}`);
  const lines = [HEAD, ...all.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines)
    console.log(`  ${line.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ')}`);
  for (const { what, means } of all) console.log(`  · ${what}: ${means}`);
  for (const note of notes) console.log(`  · ${note}`);
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
