/** A scene as SVG, 1280 by 720. The lowest tenth stays free for the captions. */
import type { Settings, Shot } from '../shapes.ts';
import { drawable, type Face, FACES } from './font-metrics.ts';
import { cutToWidth, fitText, type TextBlock } from './text-block.ts';

export interface Theme {
  readonly paper: string;
  readonly shade: string;
  readonly ink: string;
  readonly quiet: string;
  readonly accent: string;
  readonly panel: string;
}
export const THEMES = {
  dark: { paper: '#0f172a', shade: '#16233f', ink: '#f8fafc', quiet: '#a8b4c7', accent: '#2dd4bf', panel: '#1e293b' },
  light: { paper: '#f8fafc', shade: '#e8eef6', ink: '#0f172a', quiet: '#475569', accent: '#0f766e', panel: '#ffffff' },
} as const satisfies Record<Settings['theme'], Theme>;

export const WIDTH = 1280;
export const HEIGHT = 720;
const MARGIN = 84;
const PANEL_TOP = 216;
const PANEL_HEIGHT = 360;
const GAP = 56;
/** Code needs more width than words. */
const PANEL_WIDTH = { code: 560, terms: 420 } as const;
const LINE_HEIGHT = 1.28;

export interface SlideOptions {
  readonly theme: Settings['theme'];
  /** Where the text comes from, in the corner. */
  readonly source: string;
  /** Points that have appeared. */
  readonly step: number;
}

export const slideSvg = (shot: Shot, { theme, source, step }: SlideOptions): string => {
  const colours = THEMES[theme];
  const body =
    shot.role === 'title'
      ? titleBody(shot, colours, step)
      : shot.role === 'recap'
        ? recapBody(shot, colours, step)
        : partBody(shot, colours, step);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${colours.paper}"/>`,
    `<path d="M${WIDTH} 0V${HEIGHT}H820L1080 0Z" fill="${colours.shade}"/>`,
    ...body,
    textAt(
      WIDTH - MARGIN,
      60,
      cutToWidth(drawable(source, 'regular'), 'regular', 18, 620),
      'regular',
      18,
      colours.quiet,
      'end',
    ),
    '</svg>',
  ].join('\n');
};

const titleBody = (shot: Shot, colours: Theme, step: number): string[] => {
  const title = fitText(shot.heading, 'bold', { width: 1000, lines: 3, sizes: [76, 68, 60, 52, 44] });
  const height = title.lines.length * title.size * LINE_HEIGHT;
  const top = Math.max(170, 290 - height / 2);
  let y = top + height + 60;
  return [
    `<rect x="${MARGIN}" y="${top - 78}" width="96" height="8" rx="4" fill="${colours.accent}"/>`,
    ...block(MARGIN, top + title.size * 0.55, title, 'bold', colours.ink),
    ...shot.points.flatMap((point, at) => {
      const lines = fitText(point, 'regular', { width: 1000, lines: 2, sizes: [30, 26] });
      const mine = y;
      y += lines.lines.length * lines.size * LINE_HEIGHT + 22;
      return at < step ? block(MARGIN, mine, lines, 'regular', at === step - 1 ? colours.ink : colours.quiet) : [];
    }),
  ];
};

const partBody = (shot: Shot, colours: Theme, step: number): string[] => {
  const panel = shot.panel === null ? 0 : PANEL_WIDTH[shot.panel.kind] + GAP;
  const width = WIDTH - 2 * MARGIN - panel;
  return [
    ...heading(shot, colours),
    ...list(shot.points, { colours, step, width, sizes: [36, 34, 32, 30, 28, 26, 24], top: 250, room: 330 }),
    ...(shot.panel?.kind === 'code' ? codePanel(shot.panel.lines, colours) : []),
    ...(shot.panel?.kind === 'terms' ? termsPanel(shot.panel.terms, colours) : []),
  ];
};

const recapBody = (shot: Shot, colours: Theme, step: number): string[] => [
  ...heading(shot, colours),
  ...list(shot.points, {
    colours,
    step,
    width: WIDTH - 2 * MARGIN - 120,
    sizes: shot.points.length > 6 ? [24] : [34, 30],
    top: 252,
    room: 350,
  }),
];

const heading = (shot: Shot, colours: Theme): string[] => {
  const title = fitText(shot.heading, 'bold', {
    width: WIDTH - 2 * MARGIN - 60,
    lines: 1,
    sizes: [48, 44, 40, 36, 32],
  });
  return [
    textAt(MARGIN, 108, drawable(shot.kicker.toUpperCase(), 'bold'), 'bold', 20, colours.accent, 'start', 2),
    ...block(MARGIN, 164, title, 'bold', colours.ink),
  ];
};

interface List {
  readonly colours: Theme;
  readonly step: number;
  readonly width: number;
  readonly sizes: readonly number[];
  readonly top: number;
  readonly room: number;
}
const MARK = 40;

/** The largest size in which all points have room; the place of each does not depend on the step. */
const list = (points: readonly string[], { colours, step, width, sizes, top, room }: List): string[] => {
  const laidOut = sizes.map((size) => {
    const blocks = points.map((point) => fitText(point, 'regular', { width: width - MARK, lines: 4, sizes: [size] }));
    const gap = size * 0.8;
    const height = blocks.reduce((sum, { lines }) => sum + lines.length * size * LINE_HEIGHT + gap, -gap);
    return { size, blocks, gap, height };
  });
  const { size, blocks, gap } = laidOut.find(({ height }) => height <= room) ?? laidOut.at(-1)!;
  let y = top;
  return blocks.flatMap((text, at) => {
    const mine = y;
    y += text.lines.length * size * LINE_HEIGHT + gap;
    if (at >= step) return [];
    const isNewest = at === step - 1;
    return [
      `<circle cx="${MARGIN + 9}" cy="${mine - size * 0.34}" r="8" fill="${colours.accent}"/>`,
      ...block(MARGIN + MARK, mine, text, 'regular', isNewest ? colours.ink : colours.quiet),
    ];
  });
};

const frame = (x: number, width: number, height: number, colours: Theme): string =>
  `<rect x="${x}" y="${PANEL_TOP}" width="${width}" height="${height.toFixed(1)}" rx="16" fill="${colours.panel}" stroke="${colours.accent}" stroke-opacity="0.35" stroke-width="2"/>`;

/** Of a character of the fixed-width font, in em. */
const MONO_WIDTH = 0.6025;

const codePanel = (lines: readonly string[], colours: Theme): string[] => {
  const padding = 26;
  const x = WIDTH - MARGIN - PANEL_WIDTH.code;
  const width = PANEL_WIDTH.code - 2 * padding;
  const shown = lines.map((line) => drawable(line.replaceAll('\t', '  '), 'mono'));
  const longest = Math.max(...shown.map((line) => line.length), 1);
  const size = Math.max(15, Math.min(22, width / (longest * MONO_WIDTH)));
  const row = size * 1.55;
  const fitting = shown.slice(0, Math.floor((PANEL_HEIGHT - 2 * padding) / row));
  const y = PANEL_TOP + padding + size;
  return [
    frame(x, PANEL_WIDTH.code, fitting.length * row + 2 * padding, colours),
    ...fitting.map((line, at) =>
      textAt(x + padding, y + at * row, cutToWidth(line, 'mono', size, width), 'mono', size, colours.ink),
    ),
  ];
};

const termsPanel = (terms: readonly { readonly term: string; readonly weight: number }[], colours: Theme): string[] => {
  const padding = 28;
  const x = WIDTH - MARGIN - PANEL_WIDTH.terms;
  const width = PANEL_WIDTH.terms - 2 * padding;
  const largest = Math.max(...terms.map(({ weight }) => weight));
  const row = 58;
  const bar = (y: number, length: number, opacity: number): string =>
    `<rect x="${x + padding}" y="${y + 27}" width="${length.toFixed(1)}" height="7" rx="3.5" fill="${colours.accent}" fill-opacity="${opacity}"/>`;
  return [
    frame(x, PANEL_WIDTH.terms, terms.length * row + 34 + 2 * padding, colours),
    textAt(x + padding, PANEL_TOP + padding + 14, 'KEY WORDS', 'bold', 16, colours.quiet, 'start', 2),
    ...terms.flatMap(({ term, weight }, at) => {
      const y = PANEL_TOP + padding + 42 + at * row;
      const word = cutToWidth(drawable(term, 'bold'), 'bold', 22, width);
      return [
        textAt(x + padding, y + 18, word, 'bold', 22, colours.ink),
        bar(y, width, 0.18),
        bar(y, (width * weight) / largest, 1),
      ];
    }),
  ];
};

const block = (x: number, y: number, { lines, size }: TextBlock, face: Face, fill: string): string[] =>
  lines.map((line, at) => textAt(x, y + at * size * LINE_HEIGHT, line, face, size, fill));

const textAt = (
  x: number,
  y: number,
  text: string,
  face: Face,
  size: number,
  fill: string,
  anchor: 'start' | 'end' = 'start',
  spacing = 0,
): string => {
  const family = face === 'mono' ? 'DejaVu Sans Mono' : 'DejaVu Sans';
  const weight = FACES[face].endsWith('-Bold') ? ' font-weight="700"' : '';
  const spread = spacing === 0 ? '' : ` letter-spacing="${spacing}"`;
  return `<text x="${x}" y="${y.toFixed(1)}" font-family="${family}" font-size="${size.toFixed(1)}"${weight}${spread} fill="${fill}" text-anchor="${anchor}" xml:space="preserve">${escaped(text)}</text>`;
};

const escaped = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
