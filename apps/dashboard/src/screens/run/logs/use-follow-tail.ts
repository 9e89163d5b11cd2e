import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** What a reader scrolls with. */
const HANDS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;
/** Pixels from the end that still count as the end. */
const NEAR = 24;

/**
 * Keeps a scrolling box at its end while `following`; the reader scrolling up ends that, and scrolling to the end begins it again.
 * `count`: of the items; `fresh` is how many came since the reader left the end.
 */
export const useFollowTail = (box: RefObject<HTMLElement | null>, count: number, height: number, initially: boolean) => {
  const [following, setFollowing] = useState(initially);
  const [leftAt, setLeftAt] = useState(count);
  const last = useRef({ top: 0, height: 0 });
  const newest = useRef(count);
  useEffect(() => {
    newest.current = count;
  }, [count]);

  const setFollow = useCallback((follow: boolean) => {
    setFollowing(follow);
    setLeftAt(newest.current);
  }, []);
  useLayoutEffect(() => {
    if (following) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [box, following, count, height]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // Rows that turn out lower than they were taken for move the box up, too: only with a hand on it is it the reader.
    let byReader = false;
    const touched = (): void => void (byReader = true);
    const scrolled = (): void => {
      const { scrollTop, scrollHeight, clientHeight } = element;
      const up = byReader && scrollTop < last.current.top - 1 && scrollHeight >= last.current.height;
      const down = scrollTop > last.current.top + 1;
      last.current.top = scrollTop;
      last.current.height = scrollHeight;
      const atEnd = scrollTop + clientHeight >= scrollHeight - NEAR;
      if (atEnd) byReader = false;
      if (up && !atEnd) setFollow(false);
      else if (down && atEnd) setFollow(true);
    };
    element.addEventListener('scroll', scrolled, { passive: true });
    for (const hand of HANDS) element.addEventListener(hand, touched, { passive: true });
    return () => {
      element.removeEventListener('scroll', scrolled);
      for (const hand of HANDS) element.removeEventListener(hand, touched);
    };
  }, [box, setFollow]);

  return { following, setFollow, fresh: following ? 0 : Math.max(0, count - leftAt) };
};
