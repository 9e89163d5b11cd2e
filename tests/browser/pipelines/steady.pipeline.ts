/**
 * Three short stages that leave everything behind that a stage can: progress, metrics, coloured lines, artifacts of
 * each kind.
 */
import { definePipeline } from '@millrace/core/definition';
import { CHART_PNG, REPORT_HTML } from './artifacts.ts';

const ROWS = 500;
const csv = [
  'day,city,temperature,note',
  ...Array.from(
    { length: ROWS },
    (_, n) => `2026-01-${String((n % 28) + 1).padStart(2, '0')},Oslo,${n % 17},"a ""quoted"", note"`,
  ),
].join('\n');

export default definePipeline('steady', { description: 'Three stages that succeed', overlap: 'allow' })
  .stage('fetch', {
    run: async (ctx) => {
      for (let step = 1; step <= 5; step++) {
        ctx.log(`\u001b[36mfetch\u001b[0m part ${step} of 5`);
        ctx.progress(step / 5, `part ${step} of 5`);
      }
      ctx.metric('rows', ROWS);
      ctx.metric('bytes', csv.length, 'B');
      await ctx.artifact('raw/temperatures.csv', csv, { contentType: 'text/csv' });
      return { rows: ROWS, city: 'Oslo' };
    },
  })
  .stage('analyse', {
    dependsOn: ['fetch'],
    run: async (ctx) => {
      ctx.log(
        '\u001b[1;32mok\u001b[0m mean, \u001b[33mwarning\u001b[0m one gap, \u001b[38;5;208m256 colours\u001b[0m, \u001b[38;2;200;80;160mtrue colour\u001b[0m',
      );
      ctx.progress(0.5);
      ctx.metric('mean', 8.25, '°C');
      await ctx.artifact(
        'analysis.json',
        JSON.stringify({ mean: 8.25, gaps: [3], cities: { Oslo: { rows: ctx.inputs.fetch.rows } } }, null, 2),
        {
          contentType: 'application/json',
        },
      );
      await ctx.artifact('notes.txt', 'One gap, on the third.\nNothing else.\n', { contentType: 'text/plain' });
      return { mean: 8.25 };
    },
  })
  .stage('report', {
    dependsOn: ['fetch', 'analyse'],
    run: async (ctx) => {
      await ctx.artifact('report.html', REPORT_HTML, { contentType: 'text/html' });
      await ctx.artifact('chart.png', CHART_PNG, { contentType: 'image/png' });
      ctx.log(`report of ${ctx.inputs.fetch.rows} rows, mean ${ctx.inputs.analyse.mean}`);
      return { report: 'report.html' };
    },
  });
