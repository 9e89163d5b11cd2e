import type { WireEvent } from '@millrace/core/wire';
import { expect, test } from 'vitest';
import { showProgress } from '../../../apps/cli/src/progress.ts';
import { jsonText, oneLine, processTerminal, safe } from '../../../apps/cli/src/terminal.ts';

test('of what a stage says a terminal obeys colours alone', () => {
  expect(safe('\x1b]52;c;aGk=\x07a\x1b]0;title\x1b\\b\x1b[31mred\x1b[0m\x1b[2J\x9b2Jc\x9d0;t\x9c\rd\b\n\te')).toBe(
    'ab\x1b[31mred\x1b[0mcd\n\te',
  );
});

test.each([
  [
    'titles, windows and the clipboard',
    '\x1b]0;t\x07\x1b]2;t\x1b\\\x1bk t\x1b\\\x1b]52;c;aGk=\x07\x1b[22t\x1b[8;1;1t',
    /^[ tk\\]*$/,
  ],
  ['cursor moves and clearing', '\x1b[2J\x1b[H\x1b[1A\x1b[K\x1bc\x1b7\x1b8\x1b[?1049h\r\b\v\f', /^[78]*$/],
  ['one byte for an escape and its bracket', '\x9b2J\x9d52;c;aGk=\x9c\x90q\x9c\x8d\x84', /^$/],
  ['one that never ends', '\x1b]52;c;aGk=', /^$/],
  [
    'one within another',
    '\x1b\x1b[31m]0;t\x07\x1b[\x1b]0;u\x07',
    /^[^\x1b\x07]*(?:\x1b\[31m)?[^\x1b\x07]*(?:\x1b\[0m)?$/,
  ],
  ['text that is hidden or blinks', '\x1b[8mh\x1b[5mb\x1b[31;8mi\x1b[0;6ms', /^hbis$/],
  ['text that runs backwards', 'a\u202e\u2066\u202dtxt.exe\u2069\u202c', /^atxt\.exe$/],
])('%s', (_, text, shown) => {
  expect(safe(text)).toMatch(shown);
  expect(oneLine(text, 80)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
});

test('a colour ends with the text that it was given to, and an index of a colour is no code', () => {
  expect(safe('\x1b[1;38;5;8mgrey')).toBe('\x1b[1;38;5;8mgrey\x1b[0m');
  expect(safe('\x1b[31mred\x1b[39m \x1b[2mdim\x1b[22m')).toBe('\x1b[31mred\x1b[39m \x1b[2mdim\x1b[22m');
  expect(safe('\x1b[38;2;8;8;8mrgb\x1b[mplain')).toBe('\x1b[38;2;8;8;8mrgb\x1b[mplain');
});

test('data is the same JSON, without a character that a terminal would obey', () => {
  const data = { text: '\x1b]0;t\x07\x9b2J\x7f\u202eb' };
  expect(jsonText(data)).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(jsonText(data))).toEqual(data);
});

test.each([
  ['one\n two\tthree', 40, 'one two three'],
  ['abcdef', 6, 'abcdef'],
  ['abcdefg', 6, 'abcde…'],
  ['日本語日本語', 6, '日本…'],
  ['a', 0, ''],
])('%j in %i columns', (text, columns, line) => {
  expect(oneLine(text, columns)).toBe(line);
});

test.each([
  ['0', '', 'x'],
  ['false', '', 'x'],
  ['1', '', '\x1b[31mx\x1b[39m'],
  ['1', '1', 'x'],
])('FORCE_COLOR=%s NO_COLOR=%s', (force, no, painted) => {
  expect(processTerminal({ FORCE_COLOR: force, NO_COLOR: no }).paint('red', 'x')).toBe(painted);
});

test('a row of the live view is one line of the screen, whatever its note says', () => {
  const drawn: string[] = [];
  const terminal = {
    ...processTerminal({ NO_COLOR: '1' }),
    live: true,
    size: () => ({ columns: 30, rows: 24 }),
    draw: (text: string) => void drawn.push(text),
  };
  const progress = showProgress(terminal);
  const event = {
    type: 'stage.failed',
    event: 'failure',
    stage: 'flaky',
    attempt: 1,
    data: {},
    msg: `cannot reach\n  tried one\n${'x'.repeat(90)}`,
  };
  progress.show(event as unknown as WireEvent);
  progress.end();
  expect(drawn).toHaveLength(1);
  expect(drawn[0]!.split('\n')).toHaveLength(2);
  expect(drawn[0]!.split('\n')[0]!.replace('\x1b[2K', '').length).toBeLessThanOrEqual(30);
});
