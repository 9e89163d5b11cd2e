import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import type { Span } from './time-scale.ts';
import { rangeOf, textOfRange } from './zoomed-range.ts';

const route = getRouteApi('/runs/$runId');
/** Pause after which a wheel gesture has ended, ms. */
const STOPPED_MS = 250;

/**
 * The zoomed range, stored in the address: each zoom is one history entry, and so is a whole wheel gesture. Null: the
 * whole run.
 */
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
