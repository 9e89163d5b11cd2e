/** Cells whose colour says the sign and size of a number that they also spell out. */
import { type Html, html } from './html.ts';

/**
 * @param strength -1 (loss) to 1 (gain); values beyond are as strong as the ends. The number stays readable on any of
 * them.
 */
export function heatCell(text: string, strength: number | null, title: string): Html {
  if (strength === null) return html`<td class="none" title="${title}">${text}</td>`;
  const percent = Math.round(Math.min(1, Math.abs(strength)) * 60);
  return html`<td class="${strength < 0 ? 'cold' : 'warm'}" style="--heat:${percent}%" title="${title}">${text}</td>`;
}
