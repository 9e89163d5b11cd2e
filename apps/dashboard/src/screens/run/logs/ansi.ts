/**
 * Renders a line like a terminal, as text with classes: only graphic rendition is kept; titles, links, cursor movements
 * and control characters are removed.
 */
import { applySgr, type Hue, PLAIN, type Sgr } from './sgr.ts';

export interface Span {
  readonly text: string;
  readonly classes: string;
}

/** `before`: state after the previous lines. */
export const toSpans = (line: string, before: Sgr = PLAIN): readonly Span[] => {
  const shown = lastState(line);
  if (!NEEDS_CARE.test(shown) && before === PLAIN) return shown === '' ? [] : [{ text: shown, classes: '' }];
  const spans: Span[] = [];
  let state = before;
  let start = 0;
  const add = (text: string): void => {
    const clean = text.replace(CONTROLS, '');
    if (clean !== '') spans.push({ text: clean, classes: classesOf(state) });
  };
  for (const found of shown.matchAll(SEQUENCES)) {
    add(shown.slice(start, found.index));
    start = found.index + found[0].length;
    if (found[1] !== undefined) state = applySgr(state, found[1]);
  }
  add(shown.slice(start));
  return spans;
};

/** Plain text, for searching and copying. */
export const toPlainText = (line: string): string => {
  const shown = lastState(line);
  return NEEDS_CARE.test(shown) ? shown.replace(SEQUENCES, '').replace(CONTROLS, '') : shown;
};

/** State after the line. */
export const stateAfter = (line: string, before: Sgr): Sgr => {
  if (!line.includes('\x1b') && !line.includes('\x9b')) return before;
  let state = before;
  for (const found of line.matchAll(SEQUENCES)) if (found[1] !== undefined) state = applySgr(state, found[1]);
  return isPlain(state) ? PLAIN : state;
};

/** Progress bars overwrite themselves: the last state counts. */
const lastState = (line: string): string => {
  if (!line.includes('\r')) return line;
  const states = line.split('\r');
  return states.findLast((state) => state !== '') ?? '';
};

const NEEDS_CARE = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;
/** SGR (its parameters in group 1); other CSI; OSC, DCS, SOS, PM and APC up to their end or, unended, the line's; other escapes. */
const SEQUENCES =
  /(?:\x1b\[|\x9b)([\d;:]*)m|(?:\x1b\[|\x9b)[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)?|\x1b[\x20-\x2f]*[\x30-\x7e]?/g;
const CONTROLS = /[\0-\x08\x0a-\x1f\x7f-\x9f]/g;

const isPlain = ({ fg, bg, bold, dim, italic, underline, inverse, strike }: Sgr): boolean =>
  fg === null && bg === null && !(bold || dim || italic || underline || inverse || strike);

const classesOf = (state: Sgr): string => {
  const fg = state.inverse ? state.bg : state.fg;
  const bg = state.inverse ? (state.fg ?? 'white') : state.bg;
  const colour = bg !== null && bg !== 'black' ? BACKGROUND[bg] : fg !== null ? FOREGROUND[fg] : state.dim ? 'text-faint' : '';
  return [
    colour,
    state.bold ? 'font-bold' : '',
    state.italic ? 'italic' : '',
    state.underline && state.strike ? '[text-decoration:underline_line-through]' : state.underline ? 'underline' : state.strike ? 'line-through' : '',
  ]
    .filter((name) => name !== '')
    .join(' ');
};

/** Tokens with enough contrast in both themes; black and white map to the theme's own. */
const FOREGROUND: Readonly<Record<Hue, string>> = {
  black: 'text-faint',
  red: 'text-bad',
  green: 'text-good',
  yellow: 'text-warn',
  blue: 'text-busy',
  magenta: 'text-ask',
  cyan: 'text-accent',
  white: 'text-ink',
};
/** On a coloured background, text takes the page background: the same contrast as that colour on the page. */
const BACKGROUND: Readonly<Record<Exclude<Hue, 'black'>, string>> = {
  red: 'bg-bad text-canvas',
  green: 'bg-good text-canvas',
  yellow: 'bg-warn text-canvas',
  blue: 'bg-busy text-canvas',
  magenta: 'bg-ask text-canvas',
  cyan: 'bg-accent text-canvas',
  white: 'bg-quiet text-canvas',
};
