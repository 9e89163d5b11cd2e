/** What changed between two texts, line by line. Pure. */
import { structuredPatch } from 'diff';

export interface DiffLine {
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}
export interface Hunk {
  /** Unchanged lines before it that are not shown. */
  readonly skipped: number;
  readonly lines: readonly DiffLine[];
}

/** Unchanged lines around a change. */
const AROUND = 3;
/** More changed lines than these are not worth reading, and take long to find. */
const MOST_EDITS = 2_000;
const PATIENCE_MS = 300;

/** The changed lines with some around them; null: too different to compare. No hunks: the texts are the same. */
export const lineDiff = (before: string, now: string): readonly Hunk[] | null => {
  const patch = structuredPatch('', '', before, now, '', '', {
    context: AROUND,
    maxEditLength: MOST_EDITS,
    timeout: PATIENCE_MS,
  });
  if (patch === undefined) return null;
  let shownUpTo = 0;
  return patch.hunks.map(({ newStart, newLines, lines }) => {
    // A hunk without lines of its own names the line before it.
    const start = newLines === 0 ? newStart : newStart - 1;
    const skipped = Math.max(0, start - shownUpTo);
    shownUpTo = start + newLines;
    return {
      skipped,
      lines: lines.flatMap((line) => (isSign(line[0]) ? [{ sign: line[0], text: line.slice(1) }] : [])),
    };
  });
};

/** The first lines of the hunks, and whether there are more. */
export const firstLines = (
  hunks: readonly Hunk[],
  most: number,
): { readonly shown: readonly Hunk[]; readonly isCut: boolean } => {
  const shown: Hunk[] = [];
  let left = most;
  for (const { skipped, lines } of hunks) {
    if (left === 0) break;
    shown.push({ skipped, lines: lines.slice(0, left) });
    left -= Math.min(left, lines.length);
  }
  return { shown, isCut: hunks.reduce((sum, { lines }) => sum + lines.length, 0) > most };
};

/** "\ No newline at end of file" is no line of the texts. */
const isSign = (sign: string | undefined): sign is DiffLine['sign'] => sign === ' ' || sign === '+' || sign === '-';
