/* The rows as a table of text. */
const COLUMNS = [
  ['', 'what'],
  ['longest task ms', 'longest_task_ms'],
  ['> 50 ms', 'tasks_over_50_ms'],
  ['> 100 ms', 'tasks_over_100_ms'],
  ['slowest event ms', 'slowest_event_ms'],
  ['frames/s', 'frames_per_second'],
  ['frame p99 ms', 'frame_p99_ms'],
  ['heap MiB', 'heap_mib'],
];

export const printTable = (machine, rows) => {
  console.log(
    `${machine.os}, ${machine.cores} x ${machine.cpu}, ${machine.memory_gib} GiB, load ${machine.load_1m} before, headless Chromium ${machine.chromium}, which paints in software`,
  );
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, field]) => String(row[field])))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  for (const line of cells)
    console.log(
      line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
    );
};
