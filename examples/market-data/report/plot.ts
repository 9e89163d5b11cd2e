/**
 * The frame of every chart: the shapes are SVG that stretches with the page, the labels are HTML beside it,
 * so that text keeps its size on a phone.
 */
import { type Html, html } from './html.ts';
import type { Tick } from './scale.ts';

/** The SVG's own coordinates, both axes. */
export const SPAN = 1_000;

export interface Plot {
  readonly title: string;
  /** What a reader who does not see the chart needs to know of it. */
  readonly summary: string;
  readonly shapes: readonly Html[];
  readonly x: readonly Tick[];
  /** From the bottom. */
  readonly y: readonly Tick[];
  readonly size: 'tall' | 'short';
  readonly legend?: readonly { readonly kind: string; readonly label: string }[];
}

export const plot = ({ title, summary, shapes, x, y, size, legend = [] }: Plot): Html => html`
<figure class="plot ${size}">
  <figcaption>${title}${legend.map(({ kind, label }) => html`<span class="key ${kind}">${label}</span>`)}</figcaption>
  <div class="frame">
    <div class="y" aria-hidden="true">${y.map(({ at, label }) => html`<span style="bottom:${share(at)}">${label}</span>`)}</div>
    <svg role="img" aria-label="${summary}" viewBox="0 0 ${SPAN} ${SPAN}" preserveAspectRatio="none">
      ${y.map(({ at }) => html`<path class="grid" d="M0 ${place(1 - at)}H${SPAN}"/>`)}
      ${shapes}
    </svg>
    <div class="x" aria-hidden="true">${x.map(({ at, label }) => html`<span${edge(at)} style="left:${share(at)}">${label}</span>`)}</div>
  </div>
</figure>`;

/** 0..1 -> SVG coordinate with one decimal: a tenth of a pixel on any screen. */
export const place = (at: number): string => (at * SPAN).toFixed(1).replace(/\.0$/, '');

/** A path through the points; a null lifts the pen. Both coordinates 0..1, y from the bottom. */
export function linePath(points: readonly ({ readonly x: number; readonly y: number } | null)[]): string {
  let path = '';
  let down = false;
  for (const point of points) {
    if (point !== null) path += `${down ? 'L' : 'M'}${place(point.x)} ${place(1 - point.y)}`;
    down = point !== null;
  }
  return path;
}

const share = (at: number): string => `${(at * 100).toFixed(2)}%`;

/** A label at the right end must not hang over the frame; at the left there is the room of the y axis. */
const edge = (at: number): Html | null => (at > 0.96 ? html` class="last"` : null);
