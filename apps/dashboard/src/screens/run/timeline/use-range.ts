import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import type { Span } from './time-scale.ts';
import { rangeOf, textOfRange } from './zoomed-range.ts';

const route = getRouteApi('/runs/$runId');
/** A wheel that has not turned for this long has stopped, ms. */
const STOPPED_MS = 250;

/** The zoomed range, from the address and into it: each zoom is a step back and forward, all turns of one wheel are one. Null: the whole run. */
export const useRange = (whole: Span) => {
  const shared = route.useSearch({ select: ({ range }) => range });
  const navigate = route.useNavigate();
  const [turning, setTurning] = useState<{ readonly range: Span | null } | null>(null);
  const goTo = useCallback(
    (range: Span | null): void => {
      const text = textOfRange(range, whole.from);
      void navigate({ search: ({ range: _range, ...rest }) => (text === undefined ? rest : { ...rest, range: text }), resetScroll: false });
    },
    [navigate, whole.from],
  );
  useEffect(() => {
    if (turning === null) return;
    const timer = setTimeout(() => {
      goTo(turning.range);
      setTurning(null);
    }, STOPPED_MS);
    return () => clearTimeout(timer);
  }, [turning, goTo]);
  return {
    range: turning === null ? rangeOf(shared, whole) : turning.range,
    show: (range: Span | null): void => {
      setTurning(null);
      goTo(range);
    },
    turnTo: (range: Span | null): void => setTurning({ range }),
  };
};
