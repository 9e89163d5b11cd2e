import { useMemo } from 'react';
import { formatCount } from '../../format/amounts.ts';
import { type DiffLine, firstLines, lineDiff } from './line-diff.ts';

/** Lines drawn at most. */
const MOST_LINES = 2_000;

/** The lines that differ, with some around them. Both texts are shown as text. */
export const TextDiff = ({ before, now, label }: { before: string; now: string; label: string }) => {
  const hunks = useMemo(() => lineDiff(before, now), [before, now]);
  if (hunks === null) return <p className="p-4 text-quiet">They differ too much to be compared line by line.</p>;
  if (hunks.length === 0) return <p className="p-4 text-quiet">The text is the same.</p>;
  const { shown, isCut } = firstLines(hunks, MOST_LINES);
  return (
    <div
      role="region"
      aria-label={label}
      tabIndex={0}
      dir="ltr"
      className="max-h-[70dvh] overflow-auto font-mono text-[12px] leading-5"
    >
      {shown.map(({ skipped, lines }, at) => (
        <div key={at}>
          {skipped === 0 ? null : (
            <p className="bg-raised px-4 text-quiet">
              {formatCount(skipped)} unchanged {skipped === 1 ? 'line' : 'lines'}
            </p>
          )}
          {lines.map((line, index) => (
            <Line key={index} line={line} />
          ))}
        </div>
      ))}
      {isCut ? <p className="bg-raised px-4 text-quiet">More lines differ; download both to see them.</p> : null}
    </div>
  );
};

const LOOKS = {
  ' ': { look: 'text-quiet', words: '' },
  '+': { look: 'border-good bg-good/10 text-ink', words: 'added: ' },
  '-': { look: 'border-bad bg-bad/10 text-ink', words: 'removed: ' },
} as const;

const Line = ({ line: { sign, text } }: { line: DiffLine }) => (
  <div className={`flex border-l-4 border-transparent ${LOOKS[sign].look}`}>
    <span aria-hidden="true" className="w-6 shrink-0 text-center text-quiet select-none">
      {sign}
    </span>
    {LOOKS[sign].words === '' ? null : <span className="sr-only">{LOOKS[sign].words}</span>}
    <span className="min-w-0 pr-4 wrap-anywhere whitespace-pre-wrap">{text}</span>
  </div>
);
