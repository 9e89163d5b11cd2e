import type { RefObject } from 'react';
import { useShortcut } from './shortcuts.ts';

/**
 * j and k move the focus through the links with `data-row` below `ref`; Enter follows the link itself. `rows`: what the
 * list contains.
 */
export const useRowKeys = (ref: RefObject<HTMLElement | null>, rows: string): void => {
  const move = (by: 1 | -1): void => {
    const links = [...(ref.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const now = links.findIndex((link) => link === document.activeElement || link.closest('tr')?.contains(document.activeElement));
    const next = now < 0 ? (by === 1 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, now + by));
    links[next]?.focus();
  };
  useShortcut('j', `Next in the ${rows}; Enter opens it`, () => move(1));
  useShortcut('k', `Previous in the ${rows}`, () => move(-1));
};
