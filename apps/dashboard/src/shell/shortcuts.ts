/** The one registry of keyboard shortcuts: what acts and what the list under `?` shows are the same, so the list cannot lie. */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { meaningOf, strokeOf } from './shortcut-keys.ts';

/** `screen`: only while the screen that registered it is shown. */
type Scope = 'everywhere' | 'screen';
export interface Shortcut {
  readonly keys: string;
  readonly says: string;
  readonly act: () => void;
  readonly scope: Scope;
}

/**
 * For as long as the component is shown. `keys`: "s", "g o", "Mod+K", "/", "Enter"; `says`: what it does, as in "Start a run"; `act` null: not now.
 * Shortcuts do nothing while a dialog is open or, but for those with Mod, while something is typed into a field.
 */
export const useShortcut = (keys: string, says: string, act: (() => void) | null, scope: Scope = 'screen'): void => {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  const able = act !== null;
  useEffect(() => (able ? register({ keys, says, scope, act: () => latest.current?.() }) : undefined), [keys, says, scope, able]);
};

export const useShortcuts = (): readonly Shortcut[] => useSyncExternalStore(subscribe, () => shortcuts);

/** Readers who speak to their computer, or whose hands tremble, can switch the single keys off; those with Mod stay. */
export const useSingleKeys = (): boolean => useSyncExternalStore(subscribe, () => singleKeys);
export const setSingleKeys = (on: boolean): void => {
  singleKeys = on;
  localStorage.setItem('millrace.single-keys', on ? 'on' : 'off');
  tell();
};

let shortcuts: readonly Shortcut[] = [];
let singleKeys = localStorage.getItem('millrace.single-keys') !== 'off';
let begun: readonly string[] = [];
let begunAt = 0;
const listeners = new Set<() => void>();

/** A second key that comes later than this after the first is a first one, ms. */
const PATIENCE_MS = 1_500;

const register = (shortcut: Shortcut): (() => void) => {
  if (shortcuts.length === 0) document.addEventListener('keydown', onKeyDown);
  shortcuts = [...shortcuts, shortcut];
  tell();
  return () => {
    shortcuts = shortcuts.filter((one) => one !== shortcut);
    if (shortcuts.length === 0) document.removeEventListener('keydown', onKeyDown);
    tell();
  };
};

const onKeyDown = (event: KeyboardEvent): void => {
  const stroke = strokeOf(event);
  if (stroke === null || event.defaultPrevented || event.isComposing || document.querySelector('dialog:modal') !== null) return;
  if (!stroke.startsWith('Mod+') && (!singleKeys || belongsTo(event.target, stroke))) return;
  const meaning = meaningOf(event.timeStamp - begunAt < PATIENCE_MS ? begun : [], stroke, shortcuts);
  begun = meaning.kind === 'begun' ? meaning.strokes : [];
  begunAt = event.timeStamp;
  if (meaning.kind === 'none') return;
  event.preventDefault();
  if (meaning.kind === 'act') meaning.shortcut.act();
};

/** What is typed belongs to the field; Enter and the space to what they press. */
const belongsTo = (target: EventTarget | null, stroke: string): boolean =>
  target instanceof Element &&
  (target.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]') !== null ||
    ((stroke === 'Enter' || stroke === 'Space') && target.closest('a, button, summary, input') !== null));

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
const tell = (): void => {
  for (const listener of listeners) listener();
};
