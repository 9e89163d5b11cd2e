import { describe, expect, test } from 'vitest';
import { linesOf, LogBuffer, type NewLine } from '../../../apps/dashboard/src/screens/run/logs/log-buffer.ts';
import { LogSearch, splitByHit } from '../../../apps/dashboard/src/screens/run/logs/log-search.ts';

const line = (seq: number, text: string, stream: NewLine['stream'] = 'stdout'): NewLine => ({
  seq,
  stream,
  line: text,
  at: seq * 1_000,
});
const filled = (...lines: readonly NewLine[]): LogBuffer => {
  const all = new LogBuffer();
  all.append(lines);
  return all;
};
const texts = (lines: LogBuffer): readonly string[] =>
  Array.from({ length: lines.count }, (_, at) => lines.plainText(at));

describe('the lines of an attempt', () => {
  test('are named by their event and their place in it, however they were read', () => {
    const lines = filled(line(3, 'a'), line(3, 'b'));
    lines.append([line(3, 'c'), line(7, 'd')]);
    expect([0, 1, 2, 3].map((at) => [lines.at(at).seq, lines.at(at).index])).toEqual([
      [3, 0],
      [3, 1],
      [3, 2],
      [7, 0],
    ]);
    expect(['3-0', '3-2', '7-0', '7'].map((name) => lines.positionOf(name))).toEqual([0, 2, 3, 3]);
    expect(['3-3', '4-0', '9-0', 'x', ''].map((name) => lines.positionOf(name))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  test('that arrive twice are there once', () => {
    const lines = filled(line(1, 'a'), line(2, 'b'));
    lines.appendNew([line(1, 'a'), line(2, 'b'), line(5, 'c'), line(5, 'd')]);
    lines.appendNew([line(5, 'c'), line(5, 'd')]);
    expect(texts(lines)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a progress bar is one line, and the line that follows it is named by its event', () => {
    const lines = filled(line(1, 'a'), line(1, '10 %\r'), line(2, '20 %\r'), line(3, 'saved'), line(3, 'b'));
    expect(texts(lines)).toEqual(['a', 'saved', 'b']);
    expect(['1-0', '1-1', '2-0', '3-0', '3-1'].map((name) => lines.positionOf(name))).toEqual([0, null, null, 1, 2]);
  });

  test('carry the colour on, each stream its own', () => {
    const lines = filled(
      line(1, '\x1b[31mred'),
      line(1, 'err', 'stderr'),
      line(2, 'still red\x1b[0m'),
      line(2, 'plain'),
    );
    expect([0, 1, 2, 3].map((at) => lines.at(at).before.fg)).toEqual([null, null, 'red', null]);
  });

  test('are gone after a clear, colours too', () => {
    const lines = filled(line(1, '\x1b[31mred'), line(1, 'too'));
    lines.clear();
    lines.append([line(1, 'new'), line(2, 'lines')]);
    expect([texts(lines), lines.at(0).before.fg, lines.at(1).before.fg, lines.lastSeq]).toEqual([
      ['new', 'lines'],
      null,
      null,
      2,
    ]);
  });

  test('come out of the events of their stage and attempt', () => {
    const event = (seq: number, stage: string, attempt: number, type = 'stage.log') =>
      ({
        seq,
        stage,
        generation: seq === 5 ? 2 : 1,
        attempt,
        type,
        timestamp: '2026-11-21T00:00:00.000Z',
        data: { lines: [{ s: 'err', t: `${stage} ${attempt}` }] },
      }) as never;
    expect(
      linesOf(
        [event(1, 'a', 1), event(2, 'a', 2), event(3, 'b', 1), event(4, 'a', 1, 'stage.metric'), event(5, 'a', 1)],
        { stage: 'a', generation: 1, attempt: 1 },
      ),
    ).toEqual([{ seq: 1, stream: 'stderr', line: 'a 1', at: Date.parse('2026-11-21T00:00:00.000Z') }]);
  });
});

describe('a search', () => {
  const noTime = () => 0;

  test('finds lines by what they show, whatever the case', () => {
    const search = new LogSearch(
      filled(line(1, 'An \x1b[31merr\x1b[0mor'), line(1, 'fine'), line(2, 'ERROR again')),
      'Error',
    );
    search.advance(noTime);
    expect([search.hits, search.finished]).toEqual([[0, 2], true]);
  });

  test('goes on with the lines that are added', () => {
    const lines = filled(line(1, 'hit'));
    const search = new LogSearch(lines, 'hit');
    search.advance(noTime);
    lines.append([line(2, 'no'), line(3, 'a hit')]);
    expect(search.finished).toBe(false);
    search.advance(noTime);
    expect(search.hits).toEqual([0, 2]);
  });

  test('stops when its time is up', () => {
    const lines = filled(...Array.from({ length: 1_000 }, (_, at) => line(at + 1, 'hit')));
    const search = new LogSearch(lines, 'hit');
    let now = 0;
    search.advance(() => (now += 5));
    expect(search.hits.length).toBeGreaterThan(0);
    expect(search.hits.length).toBeLessThan(1_000);
  });

  test('goes from where the reader is, and round', () => {
    const search = new LogSearch(filled(line(1, 'x'), line(2, '-'), line(3, 'x')), 'x');
    search.advance(noTime);
    expect([search.placeFrom(0), search.placeFrom(1), search.placeFrom(2), search.placeFrom(3)]).toEqual([0, 1, 1, 0]);
    expect(new LogSearch(filled(), 'x').placeFrom(0)).toBe(-1);
  });

  test('marks every hit of a line', () => {
    expect(splitByHit('abAB-', 'ab')).toEqual([
      { text: 'ab', hit: true },
      { text: 'AB', hit: true },
      { text: '-', hit: false },
    ]);
    expect(splitByHit('İx', 'x')).toEqual([{ text: 'İx', hit: true }]);
  });
});
