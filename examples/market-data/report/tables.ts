/** The tables of the report: all series at a glance, the files that were read, and the rows that could not be used. */
import type { SeriesAnalysis } from '../analyze/analysis.ts';
import type { Translated } from '../shapes.ts';
import { day, decimal, integer, percent, price } from './format.ts';
import { type Html, html } from './html.ts';

const SERIES_SHOWN = 200;

export const seriesTable = (series: readonly SeriesAnalysis[], anchorOf: (key: string) => string | null): Html => html`
<div class="scroll" tabindex="0" role="region" aria-label="All series">
  <table class="list"><caption class="unseen">All series at a glance</caption>
    <thead><tr><th scope="col">Series</th><th scope="col">Rhythm</th><th scope="col" class="number">Rows</th><th scope="col">Dates</th><th scope="col" class="number">Last</th><th scope="col" class="number">Growth a year</th><th scope="col" class="number">Volatility</th><th scope="col" class="number">Sharpe</th><th scope="col" class="number">Drawdown</th></tr></thead>
    <tbody>${series.slice(0, SERIES_SHOWN).map((one) => html`<tr><th scope="row">${anchored(one.key, anchorOf(one.key))}</th><td>${one.frequency ?? '–'}</td><td class="number">${integer(one.rows)}</td><td class="dates">${day(one.from)} to ${day(one.to)}</td><td class="number">${price(one.last_close)}</td><td class="number ${(one.cagr ?? 0) < 0 ? 'down' : ''}">${percent(one.cagr, { plus: true })}</td><td class="number">${percent(one.volatility)}</td><td class="number">${decimal(one.sharpe)}</td><td class="number">${percent(one.max_drawdown?.depth ?? null)}</td></tr>`)}</tbody>
  </table>
</div>
${series.length > SERIES_SHOWN ? html`<p class="quiet">The first ${SERIES_SHOWN} of ${integer(series.length)}; all are in analysis.json.</p>` : null}`;

const anchored = (key: string, anchor: string | null): Html =>
  anchor === null ? html`${key}` : html`<a href="#${anchor}">${key}</a>`;

export const filesTable = ({ files }: Translated): Html => html`
<div class="scroll" tabindex="0" role="region" aria-label="Files">
  <table class="list"><caption class="unseen">Files that were read</caption>
    <thead><tr><th scope="col">File</th><th scope="col">Layout</th><th scope="col" class="number">Series</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Bad rows</th><th scope="col">Dates</th><th scope="col">Remarks</th><th scope="col">SHA-256 of the rows</th></tr></thead>
    <tbody>${files.map((file) => html`<tr><th scope="row">${file.file}</th><td>${file.layout}</td><td class="number">${integer(file.series)}</td><td class="number">${integer(file.rows)}</td><td class="number ${file.bad_rows > 0 ? 'down' : ''}">${integer(file.bad_rows)}</td><td class="dates">${file.from && file.to ? html`${day(file.from)} to ${day(file.to)}` : '–'}</td><td class="remarks">${remarks(file)}</td><td><code title="${file.sha256}">${file.sha256.slice(0, 12)}</code></td></tr>`)}</tbody>
  </table>
</div>`;

function remarks({ ignored_columns, out_of_order, rows }: Translated['files'][number]): string {
  const said = [
    ...(rows === 0 ? ['no rows'] : []),
    ...(out_of_order > 0 ? [`${integer(out_of_order)} rows out of order, sorted`] : []),
    ...(ignored_columns.length > 0 ? [`not used: ${ignored_columns.join(', ')}`] : []),
  ];
  return said.join('; ') || '–';
}

export const badRowsTable = ({ bad_rows, first_bad_rows }: Translated): Html | null =>
  bad_rows === 0
    ? null
    : html`
<h3>Rows that could not be used</h3>
<p class="quiet">${first_bad_rows.length < bad_rows ? `The first ${first_bad_rows.length} of ${integer(bad_rows)}; all` : 'They'} are in the artifact bad-rows.ndjson.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Bad rows">
  <table class="list"><caption class="unseen">Rows that could not be used</caption>
    <thead><tr><th scope="col">File</th><th scope="col" class="number">Line</th><th scope="col">Column</th><th scope="col">Value</th><th scope="col">Reason</th></tr></thead>
    <tbody>${first_bad_rows.map(({ file, line, column, value, reason }) => html`<tr><th scope="row">${file}</th><td class="number">${line}</td><td>${column || '–'}</td><td><code>${value || '–'}</code></td><td>${reason}</td></tr>`)}</tbody>
  </table>
</div>`;
