/**
 * Resolves key presses to shortcuts. Keys are written "g o" (in sequence), "Mod+K" (⌘ on a Mac, Ctrl elsewhere), "?",
 * "Enter".
 */

export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Null: a key that no shortcut uses (a modifier alone, or with Alt, which belongs to the system). */
export const strokeOf = ({ key, ctrlKey, metaKey, altKey }: Press): string | null => {
  if (altKey || MODIFIERS.has(key)) return null;
  if (ctrlKey || metaKey) return `Mod+${key.toUpperCase()}`;
  return key === ' ' ? 'Space' : key;
};
const MODIFIERS = new Set(['Shift', 'Control', 'Meta', 'Alt', 'AltGraph', 'CapsLock', 'Dead']);

export type Meaning<S> =
  | { readonly kind: 'act'; readonly shortcut: S }
  | { readonly kind: 'begun'; readonly strokes: readonly string[] }
  | { readonly kind: 'none' };

/**
 * `before`: keys of an unfinished sequence, such as the g of "g o". Of two shortcuts with the same keys the latest
 * wins: it belongs to what is on top.
 */
export const meaningOf = <S extends { readonly keys: string }>(
  before: readonly string[],
  stroke: string,
  shortcuts: readonly S[],
): Meaning<S> => {
  const strokes = [...before, stroke];
  const text = strokes.join(' ');
  const shortcut = shortcuts.findLast(({ keys }) => keys === text);
  if (shortcut) return { kind: 'act', shortcut };
  if (shortcuts.some(({ keys }) => keys.startsWith(`${text} `))) return { kind: 'begun', strokes };
  // An unmatched second key may start another shortcut.
  return before.length > 0 ? meaningOf([], stroke, shortcuts) : { kind: 'none' };
};

/** For display: "Ctrl K", "g then o". */
export const spellKeys = (keys: string, mac: boolean): readonly string[] =>
  keys.split(' ').map((stroke) => stroke.replace('Mod+', mac ? '⌘ ' : 'Ctrl '));
