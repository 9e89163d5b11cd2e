import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';

/*
 * Where the keyboard and a screen reader stand after the page has changed: at its heading. What had the focus is gone with the page
 * before (or with the button that an action took away), and would leave it at the top of the document.
 */

let isWanted = false;

/** The heading of a page calls it when it appears: screens come later than the address, and some first say that they load. */
export const takePageFocus = (heading: HTMLElement | null): void => {
  if (isWanted) heading?.focus({ preventScroll: true });
};

/** For an action that takes away the button that was pressed. */
export const focusHeading = (): void => {
  isWanted = true;
  takePageFocus(document.querySelector('main h1'));
};

/** Once, around every page. */
export const usePageFocus = (): void => {
  const router = useRouter();
  useEffect(() => {
    const unsubscribe = router.subscribe('onResolved', ({ pathChanged }) => pathChanged && focusHeading());
    // Who has gone on by then is not called back.
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
