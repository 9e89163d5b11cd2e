/** One series: its figures, its price with averages, its drawdown, its returns. */
import type { SeriesAnalysis } from '../analyze/analysis.ts';
import { dayNumber } from '../analyze/calendar.ts';
import type { Histogram } from '../analyze/histogram.ts';
import { RSI_PERIOD } from '../analyze/rsi.ts';
import type { ChartSeries, Point } from './chart-series.ts';
import { day, decimal, integer, percent, price } from './format.ts';
import { type Html, html } from './html.ts';
import { monthlyTable } from './monthly-table.ts';
import { SPAN, linePath, place, plot } from './plot.ts';
import { type Scale, roundTicks, scale, timeTicks } from './scale.ts';

const LONG = 1_000;

export function priceCard(chart: ChartSeries, id: string): Html {
  const { analysis } = chart;
  const points = chart.points();
  const days = scale(dayNumber(analysis.from), dayNumber(analysis.to));
  return html`
<article class="card ${analysis.rows >= LONG ? 'wide' : ''}" id="${id}" aria-labelledby="${id}-name">
  <header>
    <div><h3 id="${id}-name">${analysis.key}</h3>
    <p class="quiet">${analysis.frequency ?? 'no fixed rhythm'} · ${integer(analysis.rows)} rows · ${day(analysis.from)} to ${day(analysis.to)}</p></div>
    <p class="last"><b>${price(analysis.last_close)}</b><span class="${analysis.total_return < 0 ? 'down' : 'up'}">${percent(analysis.total_return, { plus: true })} in all</span></p>
  </header>
  ${figures(analysis)}
  ${points.length > 1 ? [pricePlot(analysis, points, days), html`<div class="pair">${drawdownPlot(analysis, points, days)}${analysis.histogram ? histogramPlot(analysis, analysis.histogram) : null}</div>`] : null}
  ${monthlyTable(analysis)}
  ${analysis.notes.length > 0 ? html`<ul class="notes">${analysis.notes.map((note) => html`<li>${note}</li>`)}</ul>` : null}
</article>`;
}

function figures({
  cagr,
  volatility,
  sharpe,
  max_drawdown,
  best,
  worst,
  last,
  frequency,
  windows,
}: SeriesAnalysis): Html {
  const period =
    frequency === null
      ? 'step'
      : { daily: 'day', weekly: 'week', monthly: 'month', quarterly: 'quarter', yearly: 'year' }[frequency];
  return html`
  <dl class="figures">
    <div><dt>Growth a year</dt><dd>${percent(cagr, { plus: true })}</dd></div>
    <div><dt>Volatility</dt><dd>${percent(volatility)}</dd></div>
    <div><dt>Sharpe ratio</dt><dd>${decimal(sharpe)}</dd></div>
    <div><dt>RSI (${RSI_PERIOD})</dt><dd>${decimal(last.rsi, 0)}</dd></div>
    <div><dt>EMA (${windows.ema})</dt><dd>${last.ema === null ? '–' : price(last.ema)}</dd></div>
    <div><dt>Drawdown</dt><dd>${percent(max_drawdown?.depth ?? null)}<small>${max_drawdown && day(max_drawdown.trough)}</small></dd></div>
    <div><dt>Best ${period}</dt><dd>${percent(best?.simple ?? null, { plus: true })}<small>${best && day(best.date)}</small></dd></div>
    <div><dt>Worst ${period}</dt><dd>${percent(worst?.simple ?? null, { plus: true })}<small>${worst && day(worst.date)}</small></dd></div>
  </dl>`;
}

function pricePlot(analysis: SeriesAnalysis, points: readonly Point[], days: Scale): Html {
  const values = points.flatMap(({ close, fast, slow }) => [close, fast ?? close, slow ?? close]);
  const prices = padded(least(values), most(values));
  const line = (of: (point: Point) => number | null): string =>
    linePath(
      points.map((point) => (of(point) === null ? null : { x: days.at(point.day), y: prices.at(of(point) as number) })),
    );
  const fall = analysis.max_drawdown;
  const { windows, key, first_close, last_close } = analysis;
  return plot({
    title: 'Price',
    summary: `Price of ${key}: ${price(first_close)} on ${analysis.from}, ${price(last_close)} on ${analysis.to}, between ${price(least(points.map(({ close }) => close)))} and ${price(most(points.map(({ close }) => close)))}.`,
    shapes: [
      fall
        ? html`<rect class="fall" x="${place(days.at(dayNumber(fall.peak)))}" y="0" width="${place(days.at(dayNumber(fall.trough)) - days.at(dayNumber(fall.peak)))}" height="${SPAN}"/>`
        : html``,
      html`<path class="line price" d="${line(({ close }) => close)}"/>`,
      html`<path class="line fast" d="${line(({ fast }) => fast)}"/>`,
      html`<path class="line slow" d="${line(({ slow }) => slow)}"/>`,
    ],
    x: timeTicks(days),
    y: roundTicks(prices, 4).map((value) => ({
      at: prices.at(value),
      label: value >= 10 ? integer(value) : String(Number(value.toPrecision(3))),
    })),
    size: 'tall',
    legend: [
      { kind: 'price', label: 'close' },
      ...(lastOf(points)?.fast === null ? [] : [{ kind: 'fast', label: `mean of ${windows.fast}` }]),
      ...(lastOf(points)?.slow === null ? [] : [{ kind: 'slow', label: `mean of ${windows.slow}` }]),
      ...(fall ? [{ kind: 'fall', label: 'deepest fall' }] : []),
    ],
  });
}

function drawdownPlot({ key, max_drawdown }: SeriesAnalysis, points: readonly Point[], days: Scale): Html {
  const depths = scale(Math.min(-0.01, max_drawdown?.depth ?? 0) * 1.05, 0);
  const path = linePath(points.map((point) => ({ x: days.at(point.day), y: depths.at(point.drawdown) })));
  const text = max_drawdown
    ? `at most ${percent(max_drawdown.depth)}, from ${max_drawdown.peak} to ${max_drawdown.trough}, ${max_drawdown.recovered ? `made up for by ${max_drawdown.recovered}` : 'not made up for yet'}`
    : 'none';
  return plot({
    title: 'Below the highest so far',
    summary: `Drawdown of ${key}: ${text}.`,
    shapes: [html`<path class="area" d="${path}L${SPAN} 0L0 0Z"/>`, html`<path class="line loss" d="${path}"/>`],
    x: timeTicks(days),
    y: roundTicks(depths, 3).map((value) => ({ at: depths.at(value), label: percent(value, { digits: 0 }) })),
    size: 'short',
  });
}

function histogramPlot({ key, frequency }: SeriesAnalysis, { from, width, counts }: Histogram): Html {
  const returns = scale(from, from + width * counts.length);
  const heights = scale(0, most(counts) * 1.05);
  const bars = counts.map((count, index) => {
    const left = from + index * width;
    const tip = `${percent(left, { plus: true, digits: 2 })} to ${percent(left + width, { plus: true, digits: 2 })}: ${integer(count)}`;
    return count === 0
      ? html``
      : html`<rect class="${index * width + from + width / 2 < 0 ? 'bar loss' : 'bar gain'}" x="${place(returns.at(left + width * 0.06))}" y="${place(1 - heights.at(count))}" width="${place(0.88 / counts.length)}" height="${place(heights.at(count))}"><title>${tip}</title></rect>`;
  });
  const losses = counts.reduce((sum, count, index) => sum + (index * width + from + width / 2 < 0 ? count : 0), 0);
  const all = counts.reduce((sum, count) => sum + count, 0);
  return plot({
    title: `How often: ${frequency ?? 'simple'} returns`,
    summary: `Histogram of ${integer(all)} ${frequency ?? ''} returns of ${key}: ${integer(losses)} losses, from ${percent(from)} to ${percent(from + width * counts.length)}.`,
    shapes: bars,
    x: roundTicks(returns, 5).map((value) => ({
      at: returns.at(value),
      label: percent(value, { plus: true, digits: 0 }),
    })),
    y: roundTicks(heights, 3).map((value) => ({ at: heights.at(value), label: integer(value) })),
    size: 'short',
  });
}

/** Room above and below; never below zero, where no price is. */
function padded(lowest: number, highest: number): Scale {
  const room = (highest - lowest || highest) * 0.05;
  return scale(Math.max(0, lowest - room), highest + room);
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
const lastOf = (points: readonly Point[]): Point | undefined => points.at(-1);
