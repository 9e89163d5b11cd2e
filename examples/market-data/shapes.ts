/**
 * What the stages hand each other: small JSON with the paths and digests of large files. snake_case, as on every wire.
 */
import type { StageContext } from '@millrace/core';
import { z } from 'zod';

/** A file in the run's folder. Whoever reads it checks the digest before it believes the content. */
const fileRef = z.object({ path: z.string(), sha256: z.string().length(64), bytes: z.number().int() });
export type FileRef = z.infer<typeof fileRef>;

const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

const translatedFile = fileRef.extend({
  file: z.string(),
  layout: z.enum(['prices', 'weather', 'empty']),
  rows: z.number().int(),
  bad_rows: z.number().int(),
  /** Rows that come before an earlier row of their series; the analyzer sorts. */
  out_of_order: z.number().int(),
  series: z.number().int(),
  from: isoDate.nullable(),
  to: isoDate.nullable(),
  ignored_columns: z.array(z.string()),
});
export type TranslatedFile = z.infer<typeof translatedFile>;

const badRow = z.object({
  file: z.string(),
  line: z.number().int(),
  column: z.string(),
  value: z.string(),
  reason: z.string(),
});

export const translated = z.object({
  started_at: z.string(),
  source: z.string(),
  files_processed: z.number().int(),
  rows: z.number().int().positive(),
  bad_rows: z.number().int(),
  files: z.array(translatedFile),
  /** The first 20; all of them are in the artifact bad-rows.ndjson. */
  first_bad_rows: z.array(badRow),
});
export type Translated = z.infer<typeof translated>;

const indicatorFile = fileRef.extend({ file: z.string(), series: z.number().int(), rows: z.number().int() });
export type IndicatorFile = z.infer<typeof indicatorFile>;

export const analyzed = z.object({
  series: z.number().int(),
  rows: z.number().int(),
  /** JSON of `Analysis` (analyze/analysis.ts). */
  analysis: fileRef,
  /** One for each file of prices: a line for each row, by series and date. */
  indicators: z.array(indicatorFile),
});
export type Analyzed = z.infer<typeof analyzed>;

/** What of a stage's context the stages here use. */
export type StageTools = Pick<StageContext, 'runId' | 'signal' | 'log' | 'progress' | 'metric' | 'artifact'>;
