import { describe, expect, test } from 'vitest';
import { PLAIN, stateAfter, toPlainText, toSpans } from '../../../apps/dashboard/src/screens/run/logs/ansi.ts';
import { TERMINAL } from '../../browser/pipelines/payloads.ts';

const ESC = '\x1b';
const spans = (line: string) => toSpans(line).map(({ text, classes }) => [text, classes]);

describe('a line of a terminal', () => {
  test('without sequences is its own text', () => {
    expect(spans('plain <b>text</b>')).toEqual([['plain <b>text</b>', '']]);
    expect(spans('')).toEqual([]);
  });

  test('has colours, bright ones too, and goes back to none', () => {
    expect(spans(`a${ESC}[31mb${ESC}[92mc${ESC}[39md${ESC}[1;4me${ESC}[0mf`)).toEqual([
      ['a', ''],
      ['b', 'text-bad'],
      ['c', 'text-good'],
      ['d', ''],
      ['e', 'font-bold underline'],
      ['f', ''],
    ]);
  });

  test('has one of 256 colours, or any, as the nearest one that the page can show', () => {
    expect(
      spans(`${ESC}[38;5;208mo${ESC}[38;2;200;80;160mm${ESC}[38;5;21mb${ESC}[38;5;255mw`).map(([, classes]) => classes),
    ).toEqual(['text-warn', 'text-ask', 'text-busy', 'text-ink']);
  });

  test('takes the numbers of a colour for nothing else', () => {
    expect(spans(`${ESC}[38;5;1ma${ESC}[48;2;1;4;200mb`)).toEqual([
      ['a', 'text-bad'],
      ['b', 'bg-busy text-canvas'],
    ]);
  });

  test('has the page as its ink on a coloured ground, whatever the colour of the text', () => {
    expect(spans(`${ESC}[31;41mx`)).toEqual([['x', 'bg-bad text-canvas']]);
    expect(spans(`${ESC}[32;7mx`)).toEqual([['x', 'bg-good text-canvas']]);
  });

  test('loses links, titles, cursor movements, device questions and control characters', () => {
    const plain = Object.fromEntries(Object.entries(TERMINAL).map(([name, text]) => [name, toPlainText(text)]));
    expect(plain).toEqual({
      hyperlink: 'a link',
      title: 'after the title',
      clear: 'beforeafter clear',
      unended: 'red that never ends <b>bold</b>',
      broken: 'broken colours ',
      device: '',
    });
    expect(toPlainText('a\0b\x08c\x7fd\te')).toBe('abcd\te');
    expect(toPlainText(`a${ESC}]0;never ended`)).toBe('a');
    expect(toPlainText(`a${ESC}(Bb${ESC}=c${ESC}`)).toBe('abc');
  });

  test('shows the same text as spans and as plain text', () => {
    for (const text of [...Object.values(TERMINAL), 'a\x08b\0c', `${ESC}[1mx${ESC}[Ky\rz${ESC}[31m`, `\x9b31mred`]) {
      expect(
        toSpans(text)
          .map((span) => span.text)
          .join(''),
      ).toBe(toPlainText(text));
    }
  });

  test('that writes over itself shows its last state', () => {
    expect(toPlainText('10 %\r50 %\r100 %')).toBe('100 %');
    expect(toPlainText('10 %\r50 %\r')).toBe('50 %');
  });

  test('leaves its colour to the next one, until it is taken back', () => {
    const red = stateAfter(`x${ESC}[31m`, PLAIN);
    expect(toSpans('next', red)).toEqual([{ text: 'next', classes: 'text-bad' }]);
    expect(stateAfter('no sequence', red)).toBe(red);
    expect(stateAfter(`${ESC}[m`, red)).toBe(PLAIN);
    expect(stateAfter(`${ESC}[39m`, red)).toBe(PLAIN);
  });

  test('of broken or endless sequences is read at once', () => {
    // Quadratic work would take until the test's time is over.
    toSpans(`${ESC}[${'1;'.repeat(500_000)}`);
    toSpans(`${ESC}]${'x'.repeat(1_000_000)}`);
    toSpans(ESC.repeat(500_000));
    expect(toPlainText(`${ESC}[${';'.repeat(10_000)}mend`)).toBe('end');
  });
});
