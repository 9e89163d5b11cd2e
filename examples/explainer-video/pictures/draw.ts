import type { Degraded } from '../shapes.ts';
import { isExcluded } from '../program.ts';
import { FACES, type Face, fontFile } from './font-metrics.ts';
import { plainCard, type Size } from './plain-card.ts';

export interface Drawer {
  /** A PNG of the SVG. `step`: how many points it shows, for the placeholder. */
  draw(svg: string, step: number): Buffer;
  readonly degraded: Omit<Degraded, 'stage'> | null;
}

/** Loaded on use: a definition must load on machines where the library's binary does not. */
export const drawer = async (size: Size): Promise<Drawer> => {
  const resvg = isExcluded('resvg') ? null : await import('@resvg/resvg-js').catch(() => null);
  if (resvg === null)
    return {
      draw: (_svg, step) => plainCard(size, step),
      degraded: { missing: '@resvg/resvg-js', instead: 'plain cards with a bar for each line' },
    };
  const font = {
    fontFiles: (Object.keys(FACES) as Face[]).map(fontFile),
    loadSystemFonts: false,
    defaultFontFamily: 'DejaVu Sans',
  };
  return {
    draw: (svg) => new resvg.Resvg(svg, { fitTo: { mode: 'width', value: size.width }, font }).render().asPng(),
    degraded: null,
  };
};
