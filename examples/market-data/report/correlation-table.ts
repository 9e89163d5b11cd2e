/** The correlation of each pair of series, as a heat table. */
import type { PairCorrelation } from '../analyze/correlations.ts';
import { decimal, integer } from './format.ts';
import { heatCell } from './heat.ts';
import { type Html, html } from './html.ts';

export function correlationTable(pairs: readonly PairCorrelation[]): Html | null {
  if (pairs.length === 0) return null;
  const keys = [...new Set(pairs.flatMap(({ left, right }) => [left, right]))];
  const pairOf = new Map(
    pairs.flatMap((pair) => [
      [`${pair.left}\n${pair.right}`, pair] as const,
      [`${pair.right}\n${pair.left}`, pair] as const,
    ]),
  );
  return html`
<section id="correlation" aria-labelledby="correlation-name">
  <h2 id="correlation-name">How they move together</h2>
  <p class="quiet">Pearson's correlation of log returns between common dates. Series of different rhythm are compared by month: the last close of each.</p>
  <div class="scroll" tabindex="0" role="region" aria-label="Correlations">
    <table class="heat roomy"><caption class="unseen">Correlation of each pair of series, from -1 to 1</caption>
      <thead><tr><td></td>${keys.map((key) => html`<th scope="col">${key}</th>`)}</tr></thead>
      <tbody>${keys.map((row) => html`<tr><th scope="row">${row}</th>${keys.map((column) => cell(row, column, pairOf.get(`${row}\n${column}`)))}</tr>`)}</tbody>
    </table>
  </div>
</section>`;
}

function cell(row: string, column: string, pair: PairCorrelation | undefined): Html {
  if (row === column) return html`<td class="self">1</td>`;
  if (!pair) return html`<td class="none"></td>`;
  const grounds = `${row} and ${column}: ${integer(pair.returns)} common ${pair.aligned === 'months' ? 'monthly ' : ''}returns`;
  return heatCell(decimal(pair.r), pair.r, pair.r === null ? `${grounds}, too few or without variation` : grounds);
}
