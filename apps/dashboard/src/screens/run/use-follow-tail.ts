import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

const KEYS_UP: readonly string[] = ['ArrowUp', 'PageUp', 'Home'];
/** Distance from the end that still counts as the end, px. */
const NEAR = 24;
/** Movement after which a touch becomes a drag, as in browsers, px. */
const DRAG = 4;

/**
 * Keeps a scrolling box at its end while `following`; scrolling up stops that, and scrolling to the end resumes it.
 * `count`: number of items; `fresh`: items added since the reader left the end.
 */
export const useFollowTail = (
  box: RefObject<HTMLElement | null>,
  count: number,
  height: number,
  initially: boolean,
) => {
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
    const element = box.current;
    if (!following || !element) return;
    element.scrollTo({ top: element.scrollHeight });
    // Remembers our own scroll position, so that its late scroll event is not taken for the reader's.
    last.current = { top: element.scrollTop, height: element.scrollHeight };
  }, [box, following, count, height]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const leave = (): void => {
      if (following && element.scrollTop > 0) setFollow(false);
    };
    // New lines can scroll the box back to its end before the scroll event: wheel, touch and keys therefore count
    // themselves.
    const wheeled = ({ deltaY, ctrlKey }: WheelEvent): void => {
      if (deltaY < 0 && !ctrlKey) leave();
    };
    let finger = 0;
    const laid = ({ touches }: TouchEvent): void => void (finger = touches[0]!.clientY);
    const dragged = ({ touches }: TouchEvent): void => {
      if (touches[0]!.clientY > finger + DRAG) leave();
    };
    // The scroll bar and focus moves are only visible as scroll events.
    // Rows smaller than estimated move the box up too, but without a held pointer.
    let held = false;
    const taken = (): void => void (held = true);
    const pressed = ({ key }: KeyboardEvent): void => {
      if (KEYS_UP.includes(key)) leave();
      else taken();
    };
    const scrolled = (): void => {
      const { scrollTop, scrollHeight, clientHeight } = element;
      const up = held && scrollTop < last.current.top - 1 && scrollHeight >= last.current.height;
      const down = scrollTop > last.current.top + 1;
      last.current = { top: scrollTop, height: scrollHeight };
      const atEnd = scrollTop + clientHeight >= scrollHeight - NEAR;
      if (atEnd) held = false;
      if (up && !atEnd) leave();
      else if (down && atEnd) setFollow(true);
    };
    const listening = new AbortController();
    const options = { passive: true, signal: listening.signal };
    element.addEventListener('scroll', scrolled, options);
    element.addEventListener('pointerdown', taken, options);
    element.addEventListener('wheel', wheeled, options);
    element.addEventListener('touchstart', laid, options);
    element.addEventListener('touchmove', dragged, options);
    element.addEventListener('keydown', pressed, options);
    return () => listening.abort();
  }, [box, following, setFollow]);

  return { following, setFollow, fresh: following ? 0 : Math.max(0, count - leftAt) };
};
