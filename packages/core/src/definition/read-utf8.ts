/** A file's text, or the place of its first invalid UTF-8 byte (line and column from 1, byte offset from 0). */
export type Utf8 =
  | { readonly text: string }
  | { readonly line: number; readonly col: number; readonly message: string };

/** Node would silently replace invalid bytes with U+FFFD. */
export const readUtf8 = (bytes: Buffer): Utf8 => {
  if (hasMark(bytes, [0xff, 0xfe]) || hasMark(bytes, [0xfe, 0xff]))
    return { line: 1, col: 1, message: 'the file is UTF-16: save it as UTF-8' };
  const text = bytes.toString('utf8');
  const offset = firstWrongByte(bytes, text);
  if (offset === null) return { text };
  const before = bytes.subarray(0, offset).toString('utf8').split('\n');
  const byte = `0x${bytes[offset]!.toString(16).toUpperCase().padStart(2, '0')}`;
  return {
    line: before.length,
    col: before.at(-1)!.length + 1,
    message: `byte ${offset} of the file (${byte}) is not UTF-8: save the file as UTF-8`,
  };
};

const hasMark = (bytes: Buffer, mark: readonly number[]): boolean => mark.every((byte, at) => bytes[at] === byte);

/** Everything before the first U+FFFD that is not in the bytes themselves is valid UTF-8. */
const firstWrongByte = (bytes: Buffer, text: string): number | null => {
  let offset = 0;
  let done = 0;
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', at + 1)) {
    offset += Buffer.byteLength(text.slice(done, at));
    done = at;
    if (!hasMark(bytes.subarray(offset), [0xef, 0xbf, 0xbd])) return offset;
  }
  return null;
};
