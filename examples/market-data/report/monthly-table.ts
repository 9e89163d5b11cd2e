/** Returns by year and month, as a heat table that opens on demand. */
import type { SeriesAnalysis } from '../analyze/analysis.ts';
import { percent } from './format.ts';
import { heatCell } from './heat.ts';
import { type Html, html } from './html.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The return that has the full colour. */
const STRONG = 0.15;

export function monthlyTable({ key, monthly_returns }: SeriesAnalysis): Html | null {
  if (monthly_returns.length === 0) return null;
  const returnOf = new Map(monthly_returns.map(({ month, simple }) => [month, simple]));
  const years = [...new Set(monthly_returns.map(({ month }) => month.slice(0, 4)))];
  return html`
  <details><summary>Month by month</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Monthly returns of ${key}">
      <table class="heat"><caption class="unseen">Simple returns of ${key} by month, in percent</caption>
        <thead><tr><th scope="col">Year</th>${MONTHS.map((month) => html`<th scope="col">${month}</th>`)}<th scope="col">Year</th></tr></thead>
        <tbody>${years.map((year) => html`<tr><th scope="row">${year}</th>${MONTHS.map((name, index) => monthCell(name, year, returnOf.get(`${year}-${String(index + 1).padStart(2, '0')}`)))}${yearCell(year, monthly_returns)}</tr>`)}</tbody>
      </table>
    </div>
  </details>`;
}

const monthCell = (name: string, year: string, simple: number | undefined): Html =>
  simple === undefined
    ? html`<td class="none"></td>`
    : heatCell(bare(simple), simple / STRONG, `${name} ${year}: ${percent(simple, { plus: true, digits: 2 })}`);

/** The log returns of a year add up; their sum is turned back into a simple return. */
function yearCell(year: string, returns: SeriesAnalysis['monthly_returns']): Html {
  const ofYear = returns.filter(({ month }) => month.startsWith(year));
  const simple = Math.expm1(ofYear.reduce((sum, { log }) => sum + log, 0));
  return heatCell(
    bare(simple),
    simple / (STRONG * 2),
    `${year}, ${ofYear.length} months: ${percent(simple, { plus: true, digits: 2 })}`,
  );
}

const bare = (simple: number): string => percent(simple).replace('\u202f%', '');
