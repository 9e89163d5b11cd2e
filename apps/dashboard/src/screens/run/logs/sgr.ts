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
export type Hue = (typeof HUES)[number];

export const PLAIN: Sgr = { fg: null, bg: null, bold: false, dim: false, italic: false, underline: false, inverse: false, strike: false };

/** `parameters`: the text between "ESC [" and "m". Unknown codes are skipped. */
export const applySgr = (before: Sgr, parameters: string): Sgr => {
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
  if (codes[at] === 2) return { hue: nearestHue(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), length: 4 };
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
  const sixth = most === red ? (green - blue) / spread : most === green ? 2 + (blue - red) / spread : 4 + (red - green) / spread;
  const degrees = (sixth * 60 + 360) % 360;
  if (degrees < 20 || degrees >= 335) return 'red';
  if (degrees < 75) return 'yellow';
  if (degrees < 165) return 'green';
  if (degrees < 200) return 'cyan';
  return degrees < 260 ? 'blue' : 'magenta';
};
