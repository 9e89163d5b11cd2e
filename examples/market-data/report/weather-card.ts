/** One place's heating and cooling degree days by month. */
import type { WeatherAnalysis } from '../analyze/degree-days.ts';
import { day, decimal, integer } from './format.ts';
import { type Html, html } from './html.ts';
import { place, plot } from './plot.ts';
import { type Tick, roundTicks, scale } from './scale.ts';

const FEW_MONTHS = 18;

export function weatherCard(weather: WeatherAnalysis, id: string): Html {
  const { key, months, rows, from, to, mean_temperature, precipitation_mm } = weather;
  const top = months.reduce((highest, { hdd, cdd }) => Math.max(highest, hdd, cdd), 1);
  const heights = scale(0, top * 1.05);
  const slot = 1 / months.length;
  const sums = {
    hdd: months.reduce((sum, { hdd }) => sum + hdd, 0),
    cdd: months.reduce((sum, { cdd }) => sum + cdd, 0),
  };
  const bar = (kind: 'hdd' | 'cdd', month: WeatherAnalysis['months'][number], index: number): Html =>
    html`<rect class="bar ${kind}" x="${place((index + (kind === 'hdd' ? 0.08 : 0.52)) * slot)}" y="${place(1 - heights.at(month[kind]))}" width="${place(0.4 * slot)}" height="${place(heights.at(month[kind]))}"><title>${month.month}: ${integer(Math.round(month[kind]))} ${kind.toUpperCase()} in ${month.days} days</title></rect>`;
  return html`
<article class="card" id="${id}" aria-labelledby="${id}-name">
  <header><div><h3 id="${id}-name">${key}</h3><p class="quiet">${integer(rows)} days · ${day(from)} to ${day(to)}</p></div></header>
  <dl class="figures">
    <div><dt>Temperature</dt><dd>${decimal(mean_temperature, 1)}\u202f°C<small>mean</small></dd></div>
    <div><dt>Precipitation</dt><dd>${precipitation_mm === null ? '–' : `${integer(Math.round(precipitation_mm))}\u202fmm`}<small>in all</small></dd></div>
    <div><dt>Heating</dt><dd>${integer(Math.round(sums.hdd))}<small>degree days</small></dd></div>
    <div><dt>Cooling</dt><dd>${integer(Math.round(sums.cdd))}<small>degree days</small></dd></div>
  </dl>
  ${plot({
    title: 'Degree days a month',
    summary: `Degree days of ${key} by month, ${months[0]?.month} to ${months.at(-1)?.month}: ${integer(Math.round(sums.hdd))} heating and ${integer(Math.round(sums.cdd))} cooling in all.`,
    shapes: months.flatMap((month, index) => [bar('hdd', month, index), bar('cdd', month, index)]),
    x: monthTicks(months, slot),
    y: roundTicks(heights, 3).map((value) => ({ at: heights.at(value), label: integer(value) })),
    size: 'short',
    legend: [
      { kind: 'hdd', label: 'heating' },
      { kind: 'cdd', label: 'cooling' },
    ],
  })}
</article>`;
}

/** Years under the middle of their months; of a few months, each third by name. */
function monthTicks(months: WeatherAnalysis['months'], slot: number): Tick[] {
  if (months.length <= FEW_MONTHS)
    return months.flatMap(({ month }, index) => (index % 3 === 0 ? [{ at: (index + 0.5) * slot, label: month }] : []));
  return months.flatMap(({ month }, index) =>
    month.endsWith('-07') ? [{ at: index * slot, label: month.slice(0, 4) }] : [],
  );
}
