/** Widths of text, from the tables of a TrueType font, so that lines are broken before they are drawn. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const FACES = { regular: 'DejaVuSans', bold: 'DejaVuSans-Bold', mono: 'DejaVuSansMono' } as const;
export type Face = keyof typeof FACES;

export const fontFile = (face: Face): string =>
  createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${FACES[face]}.ttf`);

interface Metrics {
  /** Of a character, in em; null: the font has no such character. */
  advance(codePoint: number): number | null;
}

const loaded = new Map<Face, Metrics>();
const metricsOf = (face: Face): Metrics => {
  const known = loaded.get(face);
  if (known) return known;
  const metrics = readMetrics(readFileSync(fontFile(face)));
  loaded.set(face, metrics);
  return metrics;
};

/** In the unit of `size`; without kerning, so a little too wide. */
export const widthOf = (text: string, face: Face, size: number): number => {
  const { advance } = metricsOf(face);
  let width = 0;
  for (const character of text) width += advance(character.codePointAt(0)!) ?? 0;
  return width * size;
};

/** Without the characters that the font does not have. */
export const drawable = (text: string, face: Face): string => {
  const { advance } = metricsOf(face);
  return Array.from(text)
    .filter((character) => advance(character.codePointAt(0)!) !== null)
    .join('');
};

const readMetrics = (font: Buffer): Metrics => {
  const tables = new Map<string, number>();
  for (let at = 0; at < font.readUInt16BE(4); at += 1) {
    const record = 12 + at * 16;
    tables.set(font.toString('latin1', record, record + 4), font.readUInt32BE(record + 8));
  }
  const unitsPerEm = font.readUInt16BE(tables.get('head')! + 18);
  const widths = font.readUInt16BE(tables.get('hhea')! + 34);
  const hmtx = tables.get('hmtx')!;
  const segments = readSegments(font, tables.get('cmap')!);
  return {
    advance: (codePoint) => {
      const segment = segments.find(({ end }) => codePoint <= end);
      const glyph = segment && codePoint >= segment.start ? segment.glyph(codePoint) : 0;
      return glyph === 0 ? null : font.readUInt16BE(hmtx + Math.min(glyph, widths - 1) * 4) / unitsPerEm;
    },
  };
};

interface Segment {
  readonly start: number;
  readonly end: number;
  glyph(codePoint: number): number;
}

/** The Unicode table of format 4, which every TrueType font has. */
const readSegments = (font: Buffer, cmap: number): readonly Segment[] => {
  const starts = Array.from(
    { length: font.readUInt16BE(cmap + 2) },
    (_, at) => cmap + font.readUInt32BE(cmap + 8 + at * 8),
  );
  const table = starts.find((start) => font.readUInt16BE(start) === 4);
  if (table === undefined) throw new Error('the font has no character table of format 4');
  const count = font.readUInt16BE(table + 6) / 2;
  const [ends, begins] = [table + 14, table + 16 + count * 2];
  const [deltas, offsets] = [begins + count * 2, begins + count * 4];
  return Array.from({ length: count }, (_, at) => {
    const start = font.readUInt16BE(begins + at * 2);
    const delta = font.readUInt16BE(deltas + at * 2);
    const offset = font.readUInt16BE(offsets + at * 2);
    return {
      start,
      end: font.readUInt16BE(ends + at * 2),
      glyph: (codePoint) => {
        if (offset === 0) return (codePoint + delta) & 0xffff;
        const glyph = font.readUInt16BE(offsets + at * 2 + offset + (codePoint - start) * 2);
        return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
      },
    };
  });
};
