/**
 * The only registry of keyboard shortcuts: it drives both the keys and the list under `?`, so the list is always right.
 */
import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
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
 * Registers a shortcut while the component is mounted. `keys`: "s", "g o", "Mod+K", "/", "Enter"; `says`: what it does,
 * such as "Start a run"; `act` null: disabled. Shortcuts are off while a dialog is open and, except with Mod, while a
 * field has the focus.
 */
export const useShortcut = (keys: string, says: string, act: (() => void) | null, scope: Scope = 'screen'): void => {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  const able = act !== null;
  useEffect(
    () => (able ? register({ keys, says, scope, act: () => latest.current?.() }) : undefined),
    [keys, says, scope, able],
  );
};

export const useShortcuts = (): readonly Shortcut[] => useSyncExternalStore(subscribe, () => shortcuts);

/** Single-key shortcuts can be turned off, for speech input or unsteady hands; those with Mod stay. */
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

/** Longest pause between the keys of a sequence, ms. */
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
  if (stroke === null || event.defaultPrevented || event.isComposing || document.querySelector('dialog:modal') !== null)
    return;
  if (!stroke.startsWith('Mod+') && (!singleKeys || belongsTo(event.target, stroke))) return;
  const meaning = meaningOf(event.timeStamp - begunAt < PATIENCE_MS ? begun : [], stroke, shortcuts);
  begun = meaning.kind === 'begun' ? meaning.strokes : [];
  begunAt = event.timeStamp;
  if (meaning.kind === 'none') return;
  event.preventDefault();
  if (meaning.kind === 'act') meaning.shortcut.act();
};

/** Typing belongs to the field; Enter and Space to the focused control. */
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

/**
 * j and k move the focus through the links with `data-row` below `ref`; Enter follows the link itself. `rows`: what the
 * list contains.
 */
export const useRowKeys = (ref: RefObject<HTMLElement | null>, rows: string): void => {
  const move = (by: 1 | -1): void => {
    const links = [...(ref.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const now = links.findIndex(
      (link) => link === document.activeElement || link.closest('tr')?.contains(document.activeElement),
    );
    const next = now < 0 ? (by === 1 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, now + by));
    links[next]?.focus();
  };
  useShortcut('j', `Next in the ${rows}; Enter opens it`, () => move(1));
  useShortcut('k', `Previous in the ${rows}`, () => move(-1));
};
