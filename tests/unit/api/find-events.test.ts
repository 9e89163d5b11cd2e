import type { RunEvent, RunId } from '@millrace/core/domain';
import type { Readings } from '@millrace/core/ports';
import { expect, test } from 'vitest';
import { findEvents, findLastEvents, SCAN } from '../../../apps/api/src/find-events.ts';

const RUN = 'r' as RunId;
/** A log of so many events, as the port answers it. */
const logOf = (length: number) => {
  let reads = 0;
  const from = (first: number, to: number): readonly RunEvent[] => {
    reads += 1;
    return Array.from({ length: Math.max(0, to - first + 1) }, (_, at) => ({ seq: first + at }) as RunEvent);
  };
  const store = {
    events: (_: RunId, { afterSeq, limit }: { afterSeq: number; limit: number }) =>
      Promise.resolve(from(afterSeq + 1, Math.min(length, afterSeq + limit))),
    eventsBefore: (_: RunId, { beforeSeq, limit }: { beforeSeq: number | null; limit: number }) => {
      const end = (beforeSeq ?? length + 1) - 1;
      return Promise.resolve(from(Math.max(1, end - limit + 1), end));
    },
  } as Readings;
  return { store, reads: () => reads };
};
const seqs = (events: readonly RunEvent[]) => events.map(({ seq }) => seq);
const only = (wanted: number) => (event: RunEvent) => event.seq === wanted;

test('one request scans a bounded part of a long log, and returns where the next continues', async () => {
  const { store } = logOf(2 * SCAN + 100);
  const find = (afterSeq: number) => findEvents(store, RUN, only(SCAN + 5), { afterSeq, limit: 10 });
  expect(await find(0)).toEqual({ found: [], nextCursor: SCAN });
  expect(await find(SCAN)).toEqual({ found: [{ seq: SCAN + 5 }], nextCursor: 2 * SCAN });
  expect(await find(2 * SCAN)).toEqual({ found: [], nextCursor: null });
});

test('the last ones are looked for in a bounded part too, from the end', async () => {
  const { store } = logOf(SCAN + 100);
  expect(seqs(await findLastEvents(store, RUN, only(101), 5))).toEqual([101]);
  expect(await findLastEvents(store, RUN, only(100), 5)).toEqual([]);
  expect(seqs(await findLastEvents(store, RUN, (event) => event.seq % 400 === 0, 3))).toEqual([19_200, 19_600, 20_000]);
});

test('what is not narrowed costs one read', async () => {
  const { store, reads } = logOf(1_000);
  const page = await findEvents(store, RUN, null, { afterSeq: 990, limit: 5 });
  expect([seqs(page.found), page.nextCursor, reads()]).toEqual([[991, 992, 993, 994, 995], 995, 1]);
  const last = await findEvents(store, RUN, null, { afterSeq: 995, limit: 5 });
  expect([seqs(last.found), last.nextCursor, reads()]).toEqual([[996, 997, 998, 999, 1_000], null, 2]);
  expect([seqs(await findLastEvents(store, RUN, null, 3)), reads()]).toEqual([[998, 999, 1_000], 3]);
});
