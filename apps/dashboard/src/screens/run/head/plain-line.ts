/** Longest preview of a line, characters. */
const LONGEST = 400;

/** A log line without terminal control sequences, truncated for a preview. */
export const plainLine = (line: string): string => {
  const plain = line.replaceAll(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '');
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}… (${plain.length} characters)` : plain;
};
