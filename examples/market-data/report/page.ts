/** The report: one HTML file without scripts, fonts or images from anywhere else. */
import { formatDuration } from '@millrace/core/domain';
import type { Analysis } from '../analyze/analysis.ts';
import type { Translated } from '../shapes.ts';
import type { ChartSeries } from './chart-series.ts';
import { correlationTable } from './correlation-table.ts';
import { day, integer } from './format.ts';
import { type Html, html } from './html.ts';
import { priceCard } from './price-card.ts';
import { STYLE } from './style.ts';
import { badRowsTable, filesTable, seriesTable } from './tables.ts';
import { weatherCard } from './weather-card.ts';

export interface Report {
  readonly runId: string;
  readonly translated: Translated;
  readonly analysis: Analysis;
  /** The series that get a card with charts, filled with their rows. */
  readonly charts: readonly ChartSeries[];
  readonly writtenAt: Date;
}

const MOST_PLACES = 12;

export function renderPage({ runId, translated, analysis, charts, writtenAt }: Report): string {
  const anchors = new Map(charts.map(({ analysis: { key } }, index) => [key, `series-${index + 1}`]));
  const spans = translated.files.flatMap(({ from, to }) => (from && to ? [{ from, to }] : []));
  const from = spans.map((span) => span.from).sort()[0] ?? '';
  const to =
    spans
      .map((span) => span.to)
      .sort()
      .at(-1) ?? '';
  const took = formatDuration(Math.max(0, writtenAt.getTime() - Date.parse(translated.started_at)));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Market data, ${from} to ${to}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="top">
  <p class="eyebrow">Millrace · market-data</p>
  <h1>Market data</h1>
  <p class="lede">${integer(analysis.series.length)} price series from ${integer(translated.files_processed)} files, ${day(from)} to ${day(to)}.</p>
  <dl class="facts">
    <div><dt>Rows</dt><dd>${integer(translated.rows)}</dd></div>
    <div><dt>Bad rows</dt><dd class="${translated.bad_rows > 0 ? 'down' : ''}">${integer(translated.bad_rows)}</dd></div>
    <div><dt>Wall time</dt><dd>${took}</dd></div>
    <div><dt>Written</dt><dd><time datetime="${writtenAt.toISOString()}">${writtenAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</time></dd></div>
  </dl>
</header>
<main>
${analysis.series.length > 0 ? seriesSections(analysis, charts, anchors) : null}
${correlationTable(analysis.correlations)}
${analysis.weather.length > 0 ? weatherSection(analysis) : null}
<section id="files" aria-labelledby="files-name">
  <h2 id="files-name">What was read</h2>
  ${filesTable(translated)}
  ${badRowsTable(translated)}
</section>
${METHOD}
</main>
<footer><p>Run <code>${runId}</code>. Wall time: from the start of the translator to the writing of this page.</p></footer>
</body>
</html>
`.text;
}

const seriesSections = (
  analysis: Analysis,
  charts: readonly ChartSeries[],
  anchors: ReadonlyMap<string, string>,
): Html => html`
<section id="series" aria-labelledby="series-name">
  <h2 id="series-name">At a glance</h2>
  ${seriesTable(analysis.series, (key) => anchors.get(key) ?? null)}
</section>
<section id="charts" aria-labelledby="charts-name">
  <h2 id="charts-name">Each series</h2>
  ${charts.length < analysis.series.length ? html`<p class="quiet">Charts for the first ${charts.length} of ${integer(analysis.series.length)} series; all rows are in market-data.csv.</p>` : null}
  <div class="cards">${charts.map((chart) => priceCard(chart, anchors.get(chart.analysis.key) as string))}</div>
</section>`;

const weatherSection = ({ weather }: Analysis): Html => html`
<section id="weather" aria-labelledby="weather-name">
  <h2 id="weather-name">Weather, as the energy markets trade it</h2>
  <p class="quiet">Heating and cooling degree days: how far a day's mean temperature lies below or above 65 °F, summed by month.${weather.length > MOST_PLACES ? ` The first ${MOST_PLACES} of ${weather.length} places.` : ''}</p>
  <div class="cards">${weather.slice(0, MOST_PLACES).map((place, index) => weatherCard(place, `weather-${index + 1}`))}</div>
</section>`;

const METHOD = html`
<section id="method" aria-labelledby="method-name">
  <h2 id="method-name">How it was worked out</h2>
  <ul class="method">
    <li><b>Growth a year</b> is the compound rate between the first and the last close, by calendar time; left out below one year.</li>
    <li><b>Volatility</b> is the sample deviation of log returns times the square root of the periods in a year: 252 trading days, 52 weeks, 12 months, 4 quarters; 365 days where weekends trade.</li>
    <li><b>Sharpe ratio</b> takes a risk-free rate of 0: mean over deviation of simple returns, times the same square root.</li>
    <li><b>Drawdown</b> is how far the close lies below its highest so far. <b>RSI</b> is Wilder's, over 14 periods.</li>
    <li>Closes are taken as the files give them. Nothing is filled in: a return over a gap is one return. The last month counts as it stands.</li>
  </ul>
</section>`;
