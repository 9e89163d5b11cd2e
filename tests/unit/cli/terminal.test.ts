import type { WireEvent } from '@millrace/core/wire';
import { expect, test } from 'vitest';
import { showProgress } from '../../../apps/cli/src/progress.ts';
import { oneLine, processTerminal, safe } from '../../../apps/cli/src/terminal.ts';

test('of what a stage says a terminal obeys colours alone', () => {
  expect(safe('\x1b]52;c;aGk=\x07a\x1b]0;title\x1b\\b\x1b[31mred\x1b[0m\x1b[2J\x9b2Jc\x9d0;t\x9c\rd\b\n\te')).toBe('ab\x1b[31mred\x1b[0mcd\n\te');
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
  const event = { type: 'stage.failed', event: 'failure', stage: 'flaky', attempt: 1, data: {}, msg: `cannot reach\n  tried one\n${'x'.repeat(90)}` };
  progress.show(event as unknown as WireEvent);
  progress.end();
  expect(drawn).toHaveLength(1);
  expect(drawn[0]!.split('\n')).toHaveLength(2);
  expect(drawn[0]!.split('\n')[0]!.replace('\x1b[2K', '').length).toBeLessThanOrEqual(30);
});
