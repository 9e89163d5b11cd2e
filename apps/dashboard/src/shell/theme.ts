/** Dark or light: the system's preference unless the reader chose. Stored in this browser. */
import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let theme: Theme = (localStorage.getItem('millrace.theme') as Theme | null) ?? 'system';

export const applyTheme = (): void => {
  const dark = theme === 'dark' || (theme === 'system' && system.matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
};
export const setTheme = (next: Theme): void => {
  theme = next;
  localStorage.setItem('millrace.theme', next);
  applyTheme();
  for (const listener of listeners) listener();
};
export const useTheme = (): Theme =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => theme,
  );

system.addEventListener('change', applyTheme);
