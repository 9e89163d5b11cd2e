import { drawable, type Face, widthOf } from './font-metrics.ts';

export interface TextBlock {
  readonly lines: readonly string[];
  readonly size: number;
}

/**
 * The text in the largest of the sizes (from large to small) in which it needs no more lines than allowed. If none will
 * do it is cut, with "…".
 */
export const fitText = (
  text: string,
  face: Face,
  { width, lines, sizes }: { readonly width: number; readonly lines: number; readonly sizes: readonly number[] },
): TextBlock => {
  const shown = drawable(text, face);
  for (const size of sizes) {
    const broken = breakLines(shown, face, size, width);
    if (broken.length <= lines) return { lines: balanced(shown, face, size, width, broken), size };
  }
  const size = sizes.at(-1)!;
  const broken = breakLines(shown, face, size, width);
  return {
    lines: [...broken.slice(0, lines - 1), cutToWidth(broken.slice(lines - 1).join(' '), face, size, width)],
    size,
  };
};

export const cutToWidth = (text: string, face: Face, size: number, width: number): string => {
  if (widthOf(text, face, size) <= width) return text;
  let kept = Array.from(text);
  while (kept.length > 0 && widthOf(`${kept.join('')}…`, face, size) > width) kept = kept.slice(0, -1);
  return `${kept.join('').trimEnd()}…`;
};

/** As few lines, but in the least width: no word is left alone in the last. */
const balanced = (text: string, face: Face, size: number, width: number, broken: string[]): string[] => {
  let lines = broken;
  for (let narrower = width - size; narrower > width / 2; narrower -= size / 2) {
    const tried = breakLines(text, face, size, narrower);
    if (tried.length > broken.length || tried.some((line) => line.endsWith('…') && !text.includes(line))) break;
    lines = tried;
  }
  return lines;
};

const breakLines = (text: string, face: Face, size: number, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer, face, size) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = cutToWidth(word, face, size, width);
  }
  return line === '' ? lines : [...lines, line];
};
