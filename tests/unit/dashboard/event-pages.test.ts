import type { Event } from '@millrace/client';
import { expect, test } from 'vitest';
import { EventPages, PAGE } from '../../../apps/dashboard/src/screens/run/events/event-pages.ts';
import { EventScan, isWanted, wantedBy } from '../../../apps/dashboard/src/screens/run/events/event-scan.ts';

const event = (seq: number): Event =>
  ({ seq, stage: seq % 10 === 0 ? 'b' : 'a', type: seq % 100 === 0 ? 'stage.failed' : 'stage.log' }) as Event;
/** A log of so many events, the first ones of which may be gone. */
const logOf = (length: number, first = 1) => {
  const asked: number[] = [];
  const load = (afterSeq: number, limit: number): Promise<readonly Event[]> => {
    asked.push(afterSeq);
    const from = Math.max(afterSeq + 1, first);
    return Promise.resolve(
      Array.from({ length: Math.max(0, Math.min(limit, length - from + 1)) }, (_, at) => event(from + at)),
    );
  };
  return { asked, load };
};
/** What the API finds of that log, looking at 500 events a time. */
const foundIn = (length: number, wanted: (one: Event) => boolean = () => true) => {
  const { asked, load } = logOf(length);
  const find = async (afterSeq: number) => {
    const events = await load(afterSeq, 500);
    return { items: events.filter(wanted), next_cursor: events.length < 500 ? null : String(events.at(-1)!.seq) };
  };
  return { asked, find };
};
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('any part of a long log costs one page, requested once', async () => {
  const { asked, load } = logOf(200_000);
  const pages = new EventPages(load);
  pages.want(150_010, 150_050);
  pages.want(150_010, 150_060);
  await settle();
  pages.want(150_010, 150_060);
  expect(asked).toEqual([150_000]);
  expect(pages.get(150_010)?.seq).toBe(150_010);
  expect(pages.get(10)).toBeUndefined();
});

test('a page that ended where the log did is completed when the log goes on', async () => {
  const short = logOf(250);
  let { load } = short;
  const pages = new EventPages((after, limit) => load(after, limit));
  pages.want(201, 250);
  await settle();
  pages.take([event(251)]);
  load = logOf(300).load;
  pages.want(201, 253);
  await settle();
  expect([pages.get(251)?.seq, pages.get(253)?.seq]).toEqual([251, 253]);
});

test('pages looked at long ago are forgotten, and come again', async () => {
  const { asked, load } = logOf(20_000);
  const pages = new EventPages(load);
  for (let seq = 1; seq <= 20_000; seq += PAGE) {
    pages.want(seq, seq);
    await settle();
  }
  expect(pages.get(1)).toBeUndefined();
  pages.want(1, 1);
  await settle();
  expect([pages.get(1)?.seq, asked.length]).toEqual([1, 101]);
});

test('a failure is shown, and retried only when the reader wants it', async () => {
  let broken = true;
  const { load } = logOf(10);
  const pages = new EventPages((after, limit) => (broken ? Promise.reject(new Error('away')) : load(after, limit)));
  pages.want(1, 10);
  await settle();
  expect(pages.error).toEqual(new Error('away'));
  broken = false;
  pages.want(1, 10);
  await settle();
  expect(pages.get(1)).toBeUndefined();
  pages.retry();
  pages.want(1, 10);
  await settle();
  expect([pages.error, pages.get(1)?.seq]).toEqual([null, 1]);
});

test('the beginning that is no longer kept is known, and not asked for for ever', async () => {
  const { asked, load } = logOf(1_000, 450);
  const pages = new EventPages(load);
  pages.want(401, 460);
  await settle();
  pages.want(401, 460);
  pages.want(1, 100);
  await settle();
  expect([pages.firstKept, pages.get(450)?.seq, asked]).toEqual([450, 450, [400]]);
});

test('nor is a log of which nothing is kept', async () => {
  const { asked, load } = logOf(0);
  const pages = new EventPages(load);
  pages.want(1, 100);
  await settle();
  pages.want(1, 100);
  await settle();
  expect([pages.firstKept, asked]).toEqual([PAGE + 1, [0]]);
  const scan = new EventScan(foundIn(0).find, () => true);
  await scan.reach(100);
  expect(scan.looked).toBe(100);
});

test('a scan looks through all of it and goes on with what arrives', async () => {
  const failures = isWanted.bind(null, wantedBy({ stage: undefined, failures: true, brief: false }));
  const { asked, find } = foundIn(1_200, failures);
  const scan = new EventScan(find, failures);
  await scan.reach(1_200);
  await scan.reach(1_200);
  scan.take([event(1_201), event(1_300)].map((one, at) => ({ ...one, seq: 1_201 + at })));
  scan.take([1_200, 1_201, 1_202, 1_203].map((seq) => ({ ...event(100), seq })));
  expect(scan.found.map(({ seq }) => seq)).toEqual([
    100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_100, 1_200, 1_202, 1_203,
  ]);
  expect([scan.looked, asked]).toEqual([1_203, [0, 500, 1_000]]);
});

test('a scan leaves alone what does not follow on what it has, stands still while paused, and tells a failure', async () => {
  const { asked, find } = foundIn(1_000);
  const scan = new EventScan(find, () => true);
  scan.take([event(700)]);
  scan.pause();
  await scan.reach(1_000);
  expect([scan.found.length, asked.length]).toEqual([0, 0]);
  const broken = new EventScan(
    () => Promise.reject(new Error('away')),
    () => true,
  );
  await broken.reach(1);
  expect(broken.error).toEqual(new Error('away'));
});

test('what arrives while the log is looked through is found once, wherever it is', async () => {
  let answer: (page: { items: readonly Event[]; next_cursor: null }) => void = () => {};
  const scan = new EventScan(
    () => new Promise((resolve) => (answer = resolve)),
    ({ type }) => type === 'stage.failed',
  );
  const reached = scan.reach(300);
  scan.take([event(301), event(400)]);
  answer({ items: [100, 200, 300, 400].map(event), next_cursor: null });
  await reached;
  expect([scan.looked, scan.found.map(({ seq }) => seq)]).toEqual([400, [100, 200, 300, 400]]);
  scan.take([400, 401, 500].map(event));
  expect(scan.found.map(({ seq }) => seq)).toEqual([100, 200, 300, 400, 500]);
});

test('filters are joined by and', () => {
  const one = (stage: string, type: Event['type']): Event => ({ ...event(1), stage, type });
  const all = [
    one('a', 'stage.log'),
    one('a', 'stage.retrying'),
    one('b', 'stage.failed'),
    one('b', 'stage.artifact'),
    one('b', 'stage.started'),
  ];
  const types = (filter: Parameters<typeof wantedBy>[0]) =>
    all.filter((each) => isWanted(wantedBy(filter), each)).map(({ type }) => type);
  expect(types({ stage: undefined, failures: false, brief: true })).toEqual([
    'stage.retrying',
    'stage.failed',
    'stage.started',
  ]);
  expect(types({ stage: undefined, failures: true, brief: false })).toEqual(['stage.retrying', 'stage.failed']);
  expect(types({ stage: 'b', failures: true, brief: true })).toEqual(['stage.failed']);
  expect(types({ stage: 'b', failures: false, brief: false })).toEqual([
    'stage.failed',
    'stage.artifact',
    'stage.started',
  ]);
});
