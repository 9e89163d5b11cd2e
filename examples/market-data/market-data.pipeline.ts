/** Raw CSV prices -> returns, averages and risk -> one table and one report, every quarter of an hour. */
import { definePipeline } from '@millrace/core';
import { z } from 'zod';
import { analyze } from './analyze.ts';
import { merge } from './merge.ts';
import { analyzed, translated } from './shapes.ts';

export default definePipeline('market-data', {
  description: 'Raw CSV prices and weather -> returns, moving averages, risk -> one table and one report',
  params: z.object({
    /** "all", or names of CSV files without ".csv", with commas between. */
    source: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(,[A-Za-z0-9][A-Za-z0-9._-]*)*$/)
      .max(1_000)
      .default('all'),
  }),
  overlap: 'skip',
  timeout: '30m',
  schedules: [{ cron: '*/15 * * * *', timezone: 'UTC' }],
  defaults: { retry: { maximumAttempts: 3, initialInterval: '1s' }, timeout: '5m' },
})
  .stage('translator', { command: ['node', 'translate.mjs', '--source', '${{ params.source }}'], output: translated })
  .stage('analyzer', { dependsOn: ['translator'], output: analyzed, run: (ctx) => analyze(ctx, ctx.inputs.translator) })
  .stage('merger', {
    dependsOn: ['analyzer', 'translator'],
    run: (ctx) => merge(ctx, ctx.inputs.translator, ctx.inputs.analyzer),
  });
