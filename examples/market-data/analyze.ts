/** Stage "analyzer": normalised rows -> indicators for each row, and one analysis of all series. */
import { dirname } from 'node:path';
import { type Analysis, type SeriesAnalysis, analyzeSeries } from './analyze/analysis.ts';
import { type Correlated, correlations } from './analyze/correlations.ts';
import { frequencyOf } from './analyze/calendar.ts';
import { type WeatherAnalysis, type WeatherRow, analyzeWeather } from './analyze/degree-days.ts';
import { type Series, readGrouped, readSeries } from './analyze/series.ts';
import { finiteJson, writeWhole } from './analyze/whole-file.ts';
import type { Analyzed, IndicatorFile, StageTools, Translated, TranslatedFile } from './shapes.ts';

/**
 * Pairs grow with the square of the series; beyond this many only the first ones are correlated, which the log says.
 */
export const MOST_CORRELATED = 40;

export async function analyze(tools: StageTools, { files }: Translated): Promise<Analyzed> {
  const folder = dirname((files[0] as TranslatedFile).path);
  const keys = new UniqueKeys();
  const series: SeriesAnalysis[] = [];
  const weather: WeatherAnalysis[] = [];
  const correlated: Correlated[] = [];
  const indicators: IndicatorFile[] = [];
  for (const [done, file] of files.entries()) {
    tools.progress(done / files.length, file.file);
    if (file.layout === 'weather') weather.push(...(await weatherOf(file, keys, tools.signal)));
    if (file.layout !== 'prices') continue;
    const found = await readSeries(file, tools.signal);
    const lines = indicatorLines(found, keys, (one, analysis) => {
      series.push(analysis);
      if (correlated.length < MOST_CORRELATED)
        correlated.push({
          key: analysis.key,
          frequency: frequencyOf(one.rows.map(({ date }) => date)),
          rows: one.rows,
        });
    });
    const written = await writeWhole(folder, `${file.file.slice(0, -'.csv'.length)}.indicators`, 'ndjson', lines);
    indicators.push({ ...written, file: file.file, series: found.length, rows: file.rows });
    tools.log(`${file.file}: ${found.length} series, ${file.rows} rows of indicators`);
  }
  if (series.length > MOST_CORRELATED)
    tools.log(`${series.length} series: only the first ${MOST_CORRELATED} are correlated`);
  const analysis: Analysis = { series, correlations: correlations(correlated), weather };
  const written = await writeWhole(folder, 'analysis', 'json', [finiteJson(analysis)]);
  await tools.artifact('analysis.json', { file: written.path }, { contentType: 'application/json' });
  tools.metric('series', series.length);
  tools.progress(1);
  return {
    series: series.length,
    rows: indicators.reduce((sum, { rows }) => sum + rows, 0),
    analysis: written,
    indicators,
  };
}

/** Analyses one series at a time, so that only one series' indicators are in memory. */
function* indicatorLines(
  found: readonly Series[],
  keys: UniqueKeys,
  onAnalysis: (series: Series, analysis: SeriesAnalysis) => void,
): Generator<string> {
  for (const series of found) {
    const { analysis, indicators } = analyzeSeries(keys.take(series.symbol, series.file), series);
    onAnalysis(series, analysis);
    for (const row of indicators) yield `${finiteJson(row)}\n`;
  }
}

async function weatherOf(file: TranslatedFile, keys: UniqueKeys, signal: AbortSignal): Promise<WeatherAnalysis[]> {
  const rowsOf = await readGrouped<WeatherRow>(file, (row) => row.location, signal);
  return [...rowsOf].map(([location, rows]) =>
    analyzeWeather(keys.take(location, file.file), location, file.file, rows),
  );
}

/** A symbol names its series; where two files bring the same one, the later says which file it is of. */
class UniqueKeys {
  readonly #taken = new Set<string>();

  take(name: string, file: string): string {
    const key = this.#taken.has(name) ? `${name} (${file})` : name;
    this.#taken.add(key);
    return key;
  }
}
