/** Shown of a line at most, characters: a preview need not hold a line of a megabyte. */
const LONGEST = 400;

/** A log line without the terminal's colours and moves, and not longer than a preview needs. */
export const plainLine = (line: string): string => {
  const plain = line.replaceAll(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '');
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}… (${plain.length} characters)` : plain;
};
