import { expect, test } from 'vitest';
import { freshIn, runsShown } from '../../../apps/dashboard/src/screens/runs/list-of-runs.ts';
import { inputOf, instantOf } from '../../../apps/dashboard/src/screens/runs/runs-search.ts';

const run = (n: number, status = 'succeeded', last_seq = 5) =>
  ({
    run_id: `run-${String(n).padStart(3, '0')}`,
    created_at: new Date(1_767_600_000_000 + n * 1_000).toISOString(),
    status,
    last_seq,
  }) as never;
const page = (items: readonly unknown[], next_cursor: string | null = null) => ({ items, next_cursor }) as never;
const read = (items: readonly unknown[], at: number, next: string | null = null) => ({ page: page(items, next), at });
const shown = (runs: readonly { run_id: string; status: string }[]) =>
  runs.map(({ run_id, status }) => `${Number(run_id.slice(4))} ${status}`);

test('new runs wait until they are accepted, and then come first', () => {
  const pages = read([run(2), run(1)], 1);
  const head = read([run(4), run(3), run(2), run(1)], 2);
  expect(shown(runsShown(pages, head, new Map(), run(2)))).toEqual(['2 succeeded', '1 succeeded']);
  expect(freshIn(head.page, run(2))).toHaveLength(2);
  expect(shown(runsShown(pages, head, new Map(), run(4)))).toEqual([
    '4 succeeded',
    '3 succeeded',
    '2 succeeded',
    '1 succeeded',
  ]);
  expect(freshIn(head.page, run(4))).toHaveLength(0);
});

test('each run is shown as it was last seen, by its last event and not by who was read last', () => {
  const pages = read([run(2, 'running', 7), run(1, 'running', 3)], 1);
  const head = read([run(2, 'starting', 2)], 2, 'more');
  expect(shown(runsShown(pages, head, new Map([['run-001', run(1, 'failed', 9)]]), run(2)))).toEqual([
    '2 running',
    '1 failed',
  ]);
});

test('a run that does not match any more goes, where the newest page reaches; below it stays', () => {
  const pages = read([run(3, 'running'), run(2, 'running'), run(1, 'running')], 1);
  expect(shown(runsShown(pages, read([run(3, 'running')], 2), new Map(), run(3)))).toEqual(['3 running']);
  expect(shown(runsShown(pages, read([run(3, 'running')], 2, 'more'), new Map(), run(3)))).toEqual([
    '3 running',
    '2 running',
    '1 running',
  ]);
  // Read before the pages were: it lacks them.
  expect(shown(runsShown(pages, read([], 0), new Map(), run(3)))).toHaveLength(3);
});

test('pages that overlap show a run once', () => {
  expect(shown(runsShown(read([run(2), run(2), run(1)], 1), null, new Map(), run(2)))).toEqual([
    '2 succeeded',
    '1 succeeded',
  ]);
});

test('instants and the inputs for them', () => {
  expect(inputOf('2026-01-05T12:30:45.000Z', 'utc')).toBe('2026-01-05T12:30');
  expect(instantOf('2026-01-05T12:30', 'utc')).toBe('2026-01-05T12:30:00.000Z');
  expect(instantOf(inputOf('2026-07-05T12:30:00.000Z', 'local'), 'local')).toBe('2026-07-05T12:30:00.000Z');
  expect(inputOf(undefined, 'utc')).toBe('');
  expect(inputOf('nonsense', 'utc')).toBe('');
  expect(instantOf('', 'local')).toBeUndefined();
});
