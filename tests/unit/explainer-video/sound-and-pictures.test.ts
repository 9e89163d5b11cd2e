import { inflateSync } from 'node:zlib';
import { widthOf } from '../../../examples/explainer-video/pictures/font-metrics.ts';
import { plainCard } from '../../../examples/explainer-video/pictures/plain-card.ts';
import { slideSvg, WIDTH } from '../../../examples/explainer-video/pictures/slide.ts';
import { cutToWidth, fitText } from '../../../examples/explainer-video/pictures/text-block.ts';
import type { Shot } from '../../../examples/explainer-video/shapes.ts';
import { captionsOf, toSrt } from '../../../examples/explainer-video/sound/captions.ts';
import { spokenForm } from '../../../examples/explainer-video/sound/spoken-form.ts';
import { joined, readWav, secondsOf, silence, trimmed, writeWav } from '../../../examples/explainer-video/sound/wav.ts';
import { chaptersText } from '../../../examples/explainer-video/film/film.ts';
import { describe, expect, it } from 'vitest';

describe('sound', () => {
  const beep = { rate: 8_000, samples: Int16Array.from([0, 3, 9_000, -9_000, 0, 0]) };
  it('is the same after it was written and read', () => {
    expect(readWav(writeWav(beep))).toEqual(beep);
    expect(() => readWav(Buffer.from('no sound at all'))).toThrow('not a WAV file');
  });
  it('loses the silence around it, and is joined with pauses', () => {
    expect([...trimmed(beep).samples]).toEqual([9_000, -9_000]);
    const both = joined(8_000, [silence(8_000, 0.5), trimmed(beep)]);
    expect(secondsOf(both)).toBeCloseTo(0.50025, 6);
    expect(() => joined(8_000, [silence(44_100, 1)])).toThrow('44100');
  });
  it.each([
    ['Call start_run() -> see ARCHITECTURE, i.e. the tour.', 'Call start run to see ARCHITECTURE, that is, the tour.'],
    ['Use kill -9 & wait — or "stop".', 'Use kill minus 9 and wait, or stop.'],
  ])('is spoken as it should be: %s', (written, said) => expect(spokenForm(written)).toBe(said));
});

describe('captions', () => {
  const long = `${'A sentence of many words that goes on, '.repeat(6)}and on.`;
  it('have at most two lines of 42 letters, follow each other, and lose no word', () => {
    const captions = captionsOf([{ sentences: [{ text: long, start: 1, end: 11 }] }]);
    expect(captions.length).toBeGreaterThan(2);
    for (const { lines } of captions) {
      expect(lines.length).toBeLessThanOrEqual(2);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(42);
    }
    expect(captions.flatMap(({ lines }) => lines).join(' ')).toBe(long);
    expect([captions[0]!.start, captions.at(-1)!.end]).toEqual([1, 11]);
    for (const [at, { start }] of captions.entries()) if (at > 0) expect(start).toBe(captions[at - 1]!.end);
  });
  it('are SubRip', () => {
    const captions = [
      { start: 3_661.5, end: 3_662.0004, lines: ['One', 'two'] },
      { start: 3_663, end: 3_664, lines: ['Three'] },
    ];
    expect(toSrt(captions)).toBe(
      '1\n01:01:01,500 --> 01:01:02,000\nOne\ntwo\n\n2\n01:01:03,000 --> 01:01:04,000\nThree\n',
    );
  });
  it('chapters escape what means something there', () => {
    expect(chaptersText('a=b;c', [{ heading: '#1', start: 0, end: 1.5 }])).toContain('title=a\\=b\\;c\n');
  });
});

describe('pictures', () => {
  const word = 'Incomprehensibilities';
  it('break lines by the width of the letters, and cut what has no room', () => {
    const text = Array.from({ length: 60 }, () => word).join(' ');
    const block = fitText(text, 'regular', { width: 500, lines: 3, sizes: [40, 20] });
    expect([block.size, block.lines.length]).toEqual([20, 3]);
    for (const line of block.lines) expect(widthOf(line, 'regular', 20)).toBeLessThanOrEqual(500);
    expect(block.lines.at(-1)).toMatch(/…$/);
    expect(widthOf(cutToWidth(word, 'bold', 40, 100), 'bold', 40)).toBeLessThanOrEqual(100);
    expect(widthOf('ii', 'mono', 10)).toBeCloseTo(widthOf('WW', 'mono', 10), 9);
  });

  const shot: Shot = {
    scene: 'scene_001',
    role: 'part',
    heading: `<script>${word} `.repeat(9),
    kicker: 'Part 1 of 1',
    points: [`${word} & more `.repeat(12), 'The second point', '\u0007 bell and 漢字'],
    panel: {
      kind: 'code',
      language: 'ts',
      lines: Array.from({ length: 40 }, () => `\tconst a = '${word.repeat(9)}';`),
    },
    cues: [1, 2, 3],
    seconds: 4,
  };
  it.each<[Shot['role'], Shot['panel']]>([
    ['part', shot.panel],
    ['part', { kind: 'terms', terms: [{ term: word.repeat(5), weight: 1 }] }],
    ['title', null],
    ['recap', null],
  ])('stay inside their edges, whatever is written on them: %s', (role, panel) => {
    const svg = slideSvg({ ...shot, role, panel }, { theme: 'dark', source: word.repeat(9), step: 3 });
    expect(svg).not.toMatch(/<script|[\u0007漢]/u);
    const texts = [
      ...svg.matchAll(
        /<text x="([\d.]+)" y="([\d.]+)" font-family="([^"]+)" font-size="([\d.]+)"( font-weight)?[^>]*text-anchor="(\w+)"[^>]*>([^<]*)</g,
      ),
    ];
    expect(texts.length).toBeGreaterThan(2);
    const beside = Number(/<rect x="(\d+)" y="216"/.exec(svg)?.[1] ?? WIDTH);
    for (const [, x, y, family, size, bold, anchor, text] of texts) {
      const face = family!.includes('Mono') ? 'mono' : bold ? 'bold' : 'regular';
      const plain = text!.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      const width = widthOf(plain, face, Number(size));
      const [left, right] = anchor === 'end' ? [Number(x) - width, Number(x)] : [Number(x), Number(x) + width];
      expect(left).toBeGreaterThanOrEqual(80);
      expect(right).toBeLessThanOrEqual(WIDTH - 40);
      expect(Number(y)).toBeLessThan(648);
      if (Number(x) < 200 && Number(y) > 216) expect(right).toBeLessThanOrEqual(beside);
    }
  });

  it('a plain card is a PNG of its size', () => {
    const card = plainCard({ width: 32, height: 18 }, 2);
    expect(card.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    expect([card.readUInt32BE(16), card.readUInt32BE(20)]).toEqual([32, 18]);
    const at = card.indexOf('IDAT');
    expect(inflateSync(card.subarray(at + 4, at + 4 + card.readUInt32BE(at - 4)))).toHaveLength(18 * (32 * 3 + 1));
  });
});
