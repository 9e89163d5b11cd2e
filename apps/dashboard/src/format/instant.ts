/** Instants in the reader's zone or in UTC, as the reader chose; the other one is in the title. */
import { useSyncExternalStore } from 'react';

export type Zone = 'local' | 'utc';

let zone: Zone = localStorage.getItem('millrace.zone') === 'utc' ? 'utc' : 'local';
const listeners = new Set<() => void>();

export const useZone = (): Zone =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => zone,
  );

export const setZone = (next: Zone): void => {
  zone = next;
  localStorage.setItem('millrace.zone', next);
  for (const listener of listeners) listener();
};

/** "21 Nov 04:32:36"; with the year when it is not this one. */
export const formatInstant = (ms: number, in_: Zone): string => {
  const date = new Date(ms);
  const withYear = date.getFullYear() !== new Date().getFullYear();
  return date.toLocaleString('en-GB', {
    day: '2-digit',
    month: 'short',
    ...(withYear ? { year: 'numeric' } : {}),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(in_ === 'utc' ? { timeZone: 'UTC' } : {}),
  });
};

/** "04:32:36.120" */
export const formatTimeOfDay = (ms: number, in_: Zone): string =>
  new Date(ms).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    ...(in_ === 'utc' ? { timeZone: 'UTC' } : {}),
  });
