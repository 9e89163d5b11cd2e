/**
 * One clock for the page: the server's, ticking every second, so that elapsed times and countdowns agree with recorded
 * times.
 */
import { useSyncExternalStore } from 'react';

/** Server minus browser, ms. */
let offset = 0;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;
const listeners = new Set<() => void>();

/** Smaller differences are network delay, not a wrong clock, ms. */
const TOLERATED_MS = 5_000;

export const noteServerTime = (instant: string): void => {
  offset = Date.parse(instant) - Date.now();
  tick();
};

/** Offset of the browser's clock, ms (positive: behind the server); null: negligible. */
export const useClockSkew = (): number | null => {
  useNow();
  return Math.abs(offset) > TOLERATED_MS ? offset : null;
};

export const serverNow = (): number => Date.now() + (Math.abs(offset) > TOLERATED_MS ? offset : 0);

/** Server time, ms since the epoch, updated every second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  timer ??= setInterval(tick, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
};

const tick = (): void => {
  now = serverNow();
  for (const listener of listeners) listener();
};
