import { BASE_PATH } from '../served-below.ts';
/** Why the page cannot load data: the API or its Redis is unavailable. Null: nothing is wrong. */
import { ApiError, UnreachableError } from '@millrace/client';
import { useSyncExternalStore } from 'react';

export type Trouble = 'api_away' | 'redis_away' | null;

let trouble: Trouble = null;
let recoveries = 0;
const listeners = new Set<() => void>();

/**
 * Called with the outcome of every request. A success does not clear `redis_away`, since not every route asks Redis:
 * `/readyz` does.
 */
export const noteOutcome = (error: unknown): void => {
  if (error instanceof UnreachableError) set('api_away');
  else if (error instanceof ApiError && error.status === 503) set('redis_away');
};
/** Checks the API: a page that only listens would not notice that Redis became unavailable. */
export const askForTrouble = async (): Promise<Trouble> => {
  try {
    const answer = await fetch(`${BASE_PATH}/readyz`);
    if (answer.ok) return null;
    const { checks } = (await answer.json()) as {
      readonly checks: readonly { readonly check: string; readonly ok: boolean }[];
    };
    return checks.some(({ check, ok }) => check === 'redis' && !ok) ? 'redis_away' : null;
  } catch {
    return 'api_away';
  }
};
export const beginTrouble = (found: Exclude<Trouble, null>): void => set(found);
export const endTrouble = (): void => {
  if (trouble !== null) recoveries += 1;
  set(null);
};
/** How many outages the page has recovered from. */
export const useRecoveries = (): number => useSyncExternalStore(subscribe, () => recoveries);
export const useTrouble = (): Trouble => useSyncExternalStore(subscribe, () => trouble);

const set = (next: Trouble): void => {
  if (next === trouble) return;
  trouble = next;
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
