import { CUT_MARK, cutText, LineSplitter } from '@millrace/core/handlers';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const LIMIT = 40;
const linesOf = (bytes: Uint8Array, cuts: readonly number[]) => {
  const splitter = new LineSplitter(LIMIT);
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const lines = [...at, bytes.length].flatMap((end, i) => splitter.push(bytes.subarray(at[i - 1] ?? 0, end)));
  return [...lines, ...splitter.end()];
};

test('lines do not depend on where the chunks end', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 60 }),
          fc.constantFrom(
            '\n',
            '\r\n',
            '\r',
            '\b',
            '\x1b[2K',
            '\x1b[K',
            '\x1b[1G',
            '\x1b[31m',
            'é',
            '👩‍👩‍👧',
            '\ufeff',
          ),
        ),
        { maxLength: 20 },
      ),
      fc.array(fc.nat()),
      (pieces, cuts) => {
        const text = Buffer.from(pieces.join('')).toString();
        const whole = linesOf(Buffer.from(text), []);
        expect(linesOf(Buffer.from(text), cuts)).toEqual(whole);
        if (/[\r\b\x1b]/.test(text)) return;
        const expected = text.replace(/^\ufeff/, '').split('\n');
        const last = expected.pop()!;
        expect(whole).toEqual(
          [...expected, ...(last === '' ? [] : [last])].map((line) =>
            Buffer.byteLength(line) > LIMIT ? cutText(line, LIMIT) + CUT_MARK : line,
          ),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('bytes that are not UTF-8 do not stop it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat()), (bytes, cuts) => {
      expect(linesOf(bytes, cuts)).toEqual(linesOf(bytes, []));
    }),
    { numRuns: 500 },
  );
});

test('a line that never ends takes no memory', () => {
  const splitter = new LineSplitter(LIMIT);
  const chunk = Buffer.alloc(65_536, 'a');
  const lines = Array.from({ length: 1_000 }, () => splitter.push(chunk)).flat();
  expect(lines).toEqual(['a'.repeat(LIMIT) + CUT_MARK]);
  expect([...splitter.push(Buffer.from('\nnext\n')), ...splitter.end()]).toEqual(['next']);
});

test.each([
  ['a bar is what it was last', '[#  ] 1/3\r[## ] 2/3\r[###] 3/3\n', ['[###] 3/3']],
  [
    'what follows a bar is whole',
    `${'\r[####] downloading'.repeat(50)}\rWARNING: 3 parts\nsaved\n`,
    ['WARNING: 3 parts', 'saved'],
  ],
  ['also when a state of it was too long', `${'x'.repeat(60)}\rafter\n`, [`${'x'.repeat(40)}${CUT_MARK}`, 'after']],
  ['a carriage return at the end erases nothing', 'one\r\ntwo\r', ['one', 'two']],
  ['erased lines', 'busy\x1b[2Kdone\nbusy\r\x1b[Kdone\nbusy\x1b[2K\x1b[1Gdone\n', ['done', 'done', 'done']],
  ['backspaces', '12%\b\b\b13%\nab\b \b\n', ['13%', 'a ']],
  ['colours stay', '\x1b[31mred\x1b[0m\n', ['\x1b[31mred\x1b[0m']],
])('%s', (_name, text, lines) => {
  expect(linesOf(Buffer.from(text), [])).toEqual(lines);
});

test('a part of a line is given, and its end is no line of its own; that of a bar stays', () => {
  const splitter = new LineSplitter(LIMIT);
  splitter.push(Buffer.from('Password: '));
  expect(splitter.part()).toEqual(['Password: ']);
  expect(splitter.push(Buffer.from('\nnext\n'))).toEqual(['next']);
  splitter.push(Buffer.from('10 %\r20 %'));
  expect(splitter.part()).toEqual(['20 %\r']);
  expect(splitter.push(Buffer.from('\r30 %\n'))).toEqual(['30 %']);
});
