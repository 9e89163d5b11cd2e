/** The longest prefix of at most `bytes` of UTF-8, never splitting a character. */
export const cutText = (text: string, bytes: number): string => {
  if (text.length * 3 <= bytes) return text;
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  let end = bytes;
  while (end > 0 && (encoded[end]! & 0xc0) === 0x80) end -= 1;
  return encoded.toString('utf8', 0, end);
};
