/** Stage "merger": prices and indicators -> one table (CSV and NDJSON), and one report for people. */
import { dirname } from 'node:path';
import type { Analysis } from './analyze/analysis.ts';
import { verifiedLines } from './analyze/verified-lines.ts';
import { writeWhole } from './analyze/whole-file.ts';
import { toCsv } from './merge/csv.ts';
import { type MergedRow, mergedRows } from './merge/merged-rows.ts';
import { ChartSeries } from './report/chart-series.ts';
import { renderPage } from './report/page.ts';
import type { Analyzed, FileRef, StageTools, Translated } from './shapes.ts';

/** Series beyond this many are in the table and the summary, but have no charts of their own. */
const MOST_CHARTS = 12;

export interface Merged {
  rows: number;
  table: FileRef;
  report: FileRef;
}

export async function merge(tools: StageTools, translated: Translated, analyzed: Analyzed): Promise<Merged> {
  const folder = dirname(analyzed.analysis.path);
  const analysis = JSON.parse(await textOf(analyzed.analysis, tools.signal)) as Analysis;
  const charts = analysis.series.slice(0, MOST_CHARTS).map((series) => new ChartSeries(series));

  const ndjson = await writeWhole(folder, 'market-data', 'ndjson', tableLines());
  const csv = await writeWhole(folder, 'market-data', 'csv', toCsv(verifiedLines(ndjson, tools.signal)));
  tools.log(`table: ${analyzed.rows} rows`);
  tools.progress(0.7, 'table');

  const page = renderPage({ runId: tools.runId, translated, analysis, charts, writtenAt: new Date() });
  const report = await writeWhole(folder, 'report', 'html', [page]);
  await tools.artifact('market-data.ndjson', { file: ndjson.path }, { contentType: 'application/x-ndjson' });
  await tools.artifact('market-data.csv', { file: csv.path }, { contentType: 'text/csv; charset=utf-8' });
  await tools.artifact('report.html', { file: report.path }, { contentType: 'text/html; charset=utf-8' });
  tools.log(`report: ${report.path}`);
  tools.metric('rows', analyzed.rows);
  tools.progress(1);
  return { rows: analyzed.rows, table: csv, report };

  async function* tableLines(): AsyncGenerator<string> {
    const chartOf = new Map(charts.map((chart) => [`${chart.analysis.file}/${chart.analysis.symbol}`, chart]));
    for await (const row of mergedRows(translated, analyzed, tools.signal)) {
      chartOf.get(`${row.file}/${row.symbol}`)?.add(row);
      yield `${JSON.stringify(row satisfies MergedRow)}\n`;
    }
  }
}

async function textOf(file: FileRef, signal: AbortSignal): Promise<string> {
  let text = '';
  for await (const line of verifiedLines(file, signal)) text += line;
  return text;
}
