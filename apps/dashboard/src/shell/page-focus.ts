import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';

/*
 * Moves the focus to the new page's heading after navigation. The focused element is gone with the previous page (or
 * with a button that an action removed), which would put keyboard and screen reader at the top of the document.
 */

let isWanted = false;

/**
 * Called by a page's heading when it appears: screens load after the address changes, and some show a loading state
 * first.
 */
export const takePageFocus = (heading: HTMLElement | null): void => {
  if (isWanted) heading?.focus({ preventScroll: true });
};

/** For actions that remove the button that was pressed. */
export const focusHeading = (): void => {
  isWanted = true;
  takePageFocus(document.querySelector('main h1'));
};

/** Used once, around every page. */
export const usePageFocus = (): void => {
  const router = useRouter();
  useEffect(() => {
    const unsubscribe = router.subscribe('onResolved', ({ pathChanged }) => pathChanged && focusHeading());
    // The focus is not taken back from a reader who has moved on.
    const release = (event: Event): void => {
      if (event.type !== 'focusin' || !(event.target as Element).matches('main h1')) isWanted = false;
    };
    const EVENTS = ['focusin', 'keydown', 'pointerdown'] as const;
    for (const name of EVENTS) document.addEventListener(name, release, true);
    return () => {
      unsubscribe();
      for (const name of EVENTS) document.removeEventListener(name, release, true);
    };
  }, [router]);
};
