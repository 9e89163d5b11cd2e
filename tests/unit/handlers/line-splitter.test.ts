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
      fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('\n', '\r\n', 'é', '👩‍👩‍👧', '\ufeff')), { maxLength: 20 }),
      fc.array(fc.nat()),
      (pieces, cuts) => {
        const text = Buffer.from(pieces.join('')).toString();
        const whole = linesOf(Buffer.from(text), []);
        expect(linesOf(Buffer.from(text), cuts)).toEqual(whole);
        const expected = text.replace(/^\ufeff/, '').split('\n');
        const ended = expected.slice(0, -1).map((line: string) => (line.endsWith('\r') && Buffer.byteLength(line) <= LIMIT ? line.slice(0, -1) : line));
        const last = expected.at(-1)!;
        expect(whole).toEqual(
          [...ended, ...(last === '' ? [] : [last])].map((line) => (Buffer.byteLength(line) > LIMIT ? cutText(line, LIMIT) + CUT_MARK : line)),
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
