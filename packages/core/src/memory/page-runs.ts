import { hasIdPart, mentions, MillraceError, type RunSummary } from '../domain/index.ts';
import type { Page, RunQuery } from '../ports/index.ts';
import type { Deployment } from './deployment.ts';
import { summaryOf } from './run-view.ts';

/**
 * Newest first. The cursor names the last run of the previous page, so that runs started meanwhile do not shift the
 * pages.
 */
export const pageRuns = (deployment: Deployment, query: RunQuery): Page<RunSummary> => {
  const before = placeOf(query.cursor);
  const older = [...deployment.runs.values()].filter(({ place }) => before === null || place < before).reverse();
  const items: RunSummary[] = [];
  for (const [at, record] of older.entries()) {
    const run = summaryOf(record);
    if (matches(run, query)) items.push(run);
    if (items.length === query.limit) return { items, nextCursor: at + 1 < older.length ? String(record.place) : null };
  }
  return { items, nextCursor: null };
};

const placeOf = (cursor: string | null): number | null => {
  if (cursor === null) return null;
  if (!/^\d{1,16}$/.test(cursor))
    throw new MillraceError('invalid_request', 'the cursor is not one of ours', {
      errors: [{ path: 'cursor', message: 'use next_cursor as it was given' }],
    });
  return Number(cursor);
};

const matches = (
  run: RunSummary,
  { pipeline, idPart, status, label, trigger, text, since, until }: RunQuery,
): boolean =>
  (idPart === undefined || hasIdPart(run.runId, idPart)) &&
  (pipeline === undefined || run.pipeline === pipeline) &&
  (status === undefined || status.includes(run.status)) &&
  (label === undefined || hasLabel(run, label)) &&
  (trigger === undefined || trigger.includes(run.trigger.kind)) &&
  (text === undefined || mentions(run, text)) &&
  (since === undefined || run.createdAt >= since) &&
  (until === undefined || run.createdAt <= until);

/** `key=value`, or `key` with any value. */
const hasLabel = ({ labels }: RunSummary, label: string): boolean => {
  const at = label.indexOf('=');
  return at < 0
    ? Object.hasOwn(labels, label)
    : Object.hasOwn(labels, label.slice(0, at)) && labels[label.slice(0, at)] === label.slice(at + 1);
};
