/** Instants in the reader's time zone or in UTC, as chosen; the title shows the other one. */
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

/** "21 Nov 04:32:36"; with the year unless it is the current one. */
export const formatInstant = (ms: number, in_: Zone): string => {
  const date = new Date(ms);
  return (date.getFullYear() === new Date().getFullYear() ? INSTANTS : WITH_YEAR)[in_].format(date);
};

/** "04:32:36.120" */
export const formatTimeOfDay = (ms: number, in_: Zone): string => TIMES[in_].format(new Date(ms));

/** Formatters are expensive to create and cheap to use: one of each serves lists of thousands. */
const inBothZones = (options: Intl.DateTimeFormatOptions): Readonly<Record<Zone, Intl.DateTimeFormat>> => ({
  local: new Intl.DateTimeFormat('en-GB', options),
  utc: new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }),
});
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const INSTANTS = inBothZones({ day: '2-digit', month: 'short', ...CLOCK });
const WITH_YEAR = inBothZones({ day: '2-digit', month: 'short', year: 'numeric', ...CLOCK });
const TIMES = inBothZones({ ...CLOCK, fractionalSecondDigits: 3 });
