/**
 * Renders a line like a terminal, as text with classes: only graphic rendition is kept; titles, links, cursor movements
 * and control characters are removed.
 */
interface Span {
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
/**
 * SGR (its parameters in group 1); other CSI; OSC, DCS, SOS, PM and APC up to their end or, unended, the line's; other
 * escapes.
 */
const SEQUENCES =
  /(?:\x1b\[|\x9b)([\d;:]*)m|(?:\x1b\[|\x9b)[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)?|\x1b[\x20-\x2f]*[\x30-\x7e]?/g;
const CONTROLS = /[\0-\x08\x0a-\x1f\x7f-\x9f]/g;

const isPlain = ({ fg, bg, bold, dim, italic, underline, inverse, strike }: Sgr): boolean =>
  fg === null && bg === null && !(bold || dim || italic || underline || inverse || strike);

const classesOf = (state: Sgr): string => {
  const fg = state.inverse ? state.bg : state.fg;
  const bg = state.inverse ? (state.fg ?? 'white') : state.bg;
  const colour =
    bg !== null && bg !== 'black' ? BACKGROUND[bg] : fg !== null ? FOREGROUND[fg] : state.dim ? 'text-faint' : '';
  return [
    colour,
    state.bold ? 'font-bold' : '',
    state.italic ? 'italic' : '',
    state.underline && state.strike
      ? '[text-decoration:underline_line-through]'
      : state.underline
        ? 'underline'
        : state.strike
          ? 'line-through'
          : '',
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

/**
 * Terminal state after "select graphic rendition" sequences. Colours are reduced to eight, which the page's tokens show
 * with contrast.
 */
export interface Sgr {
  readonly fg: Hue | null;
  readonly bg: Hue | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strike: boolean;
}
type Hue = (typeof HUES)[number];

export const PLAIN: Sgr = {
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
};

/** `parameters`: the text between "ESC [" and "m". Unknown codes are skipped. */
const applySgr = (before: Sgr, parameters: string): Sgr => {
  const codes = parameters === '' ? [0] : parameters.split(/[;:]/).map(Number);
  let state = before;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code === 38 || code === 48) {
      const { hue, length } = extendedColour(codes, at + 1);
      at += length;
      if (hue !== undefined) state = { ...state, [code === 38 ? 'fg' : 'bg']: hue };
    } else state = code === 0 ? PLAIN : { ...state, ...(SIMPLE[code] ?? basicColour(code)) };
  }
  return state;
};

const SIMPLE: Readonly<Record<number, Partial<Sgr>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { fg: null },
  49: { bg: null },
};

/** In the order of the codes 30..37. */
const HUES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

const basicColour = (code: number): Partial<Sgr> => {
  const ten = Math.floor(code / 10);
  const hue = HUES[code % 10];
  if (hue === undefined) return {};
  if (ten === 3 || ten === 9) return { fg: hue };
  return ten === 4 || ten === 10 ? { bg: hue } : {};
};

/** "5;n" is one of 256 colours, "2;r;g;b" any. `length`: number of codes consumed. */
const extendedColour = (codes: readonly number[], at: number): { hue: Hue | undefined; length: number } => {
  if (codes[at] === 5) return { hue: indexedHue(codes[at + 1] ?? -1), length: 2 };
  if (codes[at] === 2)
    return { hue: nearestHue(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), length: 4 };
  return { hue: undefined, length: 1 };
};

const indexedHue = (index: number): Hue | undefined => {
  if (!(index >= 0 && index <= 255)) return undefined;
  if (index < 16) return HUES[index % 8];
  if (index >= 232) return index < 244 ? 'black' : 'white';
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return nearestHue(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
};

const nearestHue = (red: number, green: number, blue: number): Hue => {
  const most = Math.max(red, green, blue);
  const spread = most - Math.min(red, green, blue);
  if (spread < 40) return most < 128 ? 'black' : 'white';
  const sixth =
    most === red ? (green - blue) / spread : most === green ? 2 + (blue - red) / spread : 4 + (red - green) / spread;
  const degrees = (sixth * 60 + 360) % 360;
  if (degrees < 20 || degrees >= 335) return 'red';
  if (degrees < 75) return 'yellow';
  if (degrees < 165) return 'green';
  if (degrees < 200) return 'cyan';
  return degrees < 260 ? 'blue' : 'magenta';
};
