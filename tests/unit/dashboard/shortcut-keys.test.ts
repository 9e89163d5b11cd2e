import { expect, test } from 'vitest';
import { meaningOf, spellKeys, strokeOf } from '../../../apps/dashboard/src/shell/shortcut-keys.ts';

const press = (key: string, held: { ctrlKey?: boolean; metaKey?: boolean; altKey?: boolean } = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});
const SHORTCUTS = [{ keys: 'g o' }, { keys: 'g r' }, { keys: 's' }, { keys: 'Mod+K' }, { keys: '?' }];

test('a stroke is the key, with Mod for both Ctrl and ⌘; modifiers alone and Alt are none', () => {
  expect(strokeOf(press('g'))).toBe('g');
  expect(strokeOf(press('?'))).toBe('?');
  expect(strokeOf(press(' '))).toBe('Space');
  expect(strokeOf(press('k', { ctrlKey: true }))).toBe('Mod+K');
  expect(strokeOf(press('k', { metaKey: true }))).toBe('Mod+K');
  expect(strokeOf(press('Shift'))).toBeNull();
  expect(strokeOf(press('g', { altKey: true }))).toBeNull();
});

test('two keys one after the other; the second may also begin anew', () => {
  expect(meaningOf([], 'g', SHORTCUTS)).toEqual({ kind: 'begun', strokes: ['g'] });
  expect(meaningOf(['g'], 'r', SHORTCUTS)).toEqual({ kind: 'act', shortcut: { keys: 'g r' } });
  expect(meaningOf(['g'], 's', SHORTCUTS)).toEqual({ kind: 'act', shortcut: { keys: 's' } });
  expect(meaningOf(['g'], 'g', SHORTCUTS)).toEqual({ kind: 'begun', strokes: ['g'] });
  expect(meaningOf([], 'o', SHORTCUTS)).toEqual({ kind: 'none' });
});

test('of two with the same keys the one that came last is meant', () => {
  const shortcuts = [
    { keys: 's', of: 'the screen' },
    { keys: 's', of: 'what is on top' },
  ];
  expect(meaningOf([], 's', shortcuts)).toMatchObject({ kind: 'act', shortcut: { of: 'what is on top' } });
});

test('keys are spelled for the machine at hand', () => {
  expect(spellKeys('g o', false)).toEqual(['g', 'o']);
  expect(spellKeys('Mod+K', false)).toEqual(['Ctrl K']);
  expect(spellKeys('Mod+K', true)).toEqual(['⌘ K']);
});
