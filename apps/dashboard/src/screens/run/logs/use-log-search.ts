import { useEffect, useMemo, useReducer, useState } from 'react';
import type { LogLines } from './log-lines.ts';
import { LogSearch } from './log-search.ts';

/**
 * A search that runs in slices and continues as lines are added. `place`: index of the current match, -1 before any.
 */
export const useLogSearch = (lines: LogLines, version: number) => {
  const [text, setText] = useState('');
  const [place, setPlace] = useState(-1);
  const [, draw] = useReducer((draws: number) => draws + 1, 0);
  const search = useMemo(() => (text === '' ? null : new LogSearch(lines, text)), [lines, text]);
  useEffect(() => {
    if (search === null) return;
    let timer: ReturnType<typeof setTimeout>;
    const slice = (): void => {
      search.advance(() => performance.now());
      draw();
      if (!search.finished) timer = setTimeout(slice);
    };
    timer = setTimeout(slice);
    return () => clearTimeout(timer);
  }, [search, version]);

  const change = (next: string): void => {
    setText(next);
    setPlace(-1);
  };
  /** Position of the next (1) or previous (-1) match, from line `from` if none is current; null without matches. */
  const step = (by: 1 | -1, from: number): number | null => {
    const hits = search?.hits ?? [];
    if (search === null || hits.length === 0) return null;
    const next = place === -1 ? search.placeFrom(from) : (place + by + hits.length) % hits.length;
    setPlace(next);
    return hits[next]!;
  };
  return { text, change, step, place, count: search?.hits.length ?? 0, finished: search?.finished ?? true, current: search?.hits[place] ?? null };
};
