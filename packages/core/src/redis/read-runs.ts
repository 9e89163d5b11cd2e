import {
  hasIdPart,
  isRunId,
  isTerminalRun,
  LIVE_STATES,
  mentions,
  MillraceError,
  type PipelineName,
  type RunEvent,
  type RunId,
  type RunStatus,
  type RunSummary,
} from '../domain/index.ts';
import type { Page, Remembered, RunQuery } from '../ports/index.ts';
import { readLog } from './events.ts';
import { storedNames, unpack } from './layout/packed.ts';
import { REMEMBERED, RUN } from './layout/records.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { getSummary } from './read-stages.ts';
import type { Database } from './script.ts';

const STORED = storedNames(RUN);

/** Runs examined per page, so that a rare status cannot make a request unbounded; the cursor continues from there. */
const SCAN = 2_000;
/** Ids examined per page when searching by part of an id: ids are in the lists, and cost a fraction of a run. */
const SCAN_IDS = 20_000;
/** Most runs read at once. */
const BATCH = 100;
const BATCH_IDS = 1_000;
const CURSOR = /^\d{1,16}:[0-9a-f-]{36}$/;

/**
 * Newest first, from the shortest list that has them all. The cursor is "created_at:run_id" of the last candidate seen.
 */
export const listRuns = async (
  db: Database,
  pipelines: PipelineRegistry,
  query: RunQuery,
): Promise<Page<RunSummary>> => {
  if (query.cursor !== null && !CURSOR.test(query.cursor))
    throw new MillraceError('invalid_request', 'the cursor is not one of ours', {
      errors: [{ path: 'cursor', message: 'use next_cursor as it was given' }],
    });
  const { idPart } = query;
  const list = listOf(db, query);
  if (idPart !== undefined && isRunId(idPart)) {
    const run = (await db.redis.zscore(list, idPart)) === null ? null : await getSummary(db, pipelines, idPart);
    return { items: run && matches(run, query) ? [run] : [], nextCursor: null };
  }
  const items: RunSummary[] = [];
  let cursor = query.cursor;
  let read = 0;
  // Matches are often among the newest; the further the search goes, the more it reads at once.
  for (
    let looked = 0, want = idPart === undefined ? Math.min(query.limit, BATCH) : BATCH_IDS;
    looked < SCAN_IDS && read < SCAN;
  ) {
    const candidates = await newest(db, list, query, cursor, want);
    const likely = idPart === undefined ? candidates : candidates.filter(({ id }) => hasIdPart(id, idPart));
    for (let from = 0; from < likely.length; from += BATCH) {
      const batch = likely.slice(from, from + BATCH);
      const runs = await Promise.all(batch.map(({ id }) => getSummary(db, pipelines, id as RunId)));
      for (const [at, candidate] of batch.entries()) {
        cursor = cursorAt(candidate);
        const run = runs[at];
        if (run && matches(run, query)) items.push(run);
        if (items.length === query.limit) return { items, nextCursor: cursor };
      }
      read += batch.length;
      if (read >= SCAN) return { items, nextCursor: cursor };
    }
    if (candidates.length < want) return { items, nextCursor: null };
    cursor = cursorAt(candidates.at(-1)!);
    looked += candidates.length;
    if (idPart === undefined) want = Math.min(want * 2, BATCH);
  }
  return { items, nextCursor: cursor };
};

const listOf = ({ keys }: Database, { pipeline, status }: RunQuery): string => {
  const live = status !== undefined && status.every((one) => LIVE_STATES.includes(one));
  if (pipeline === undefined) return live ? keys.allLive : keys.allRuns;
  return live ? keys.live(pipeline) : keys.runs(pipeline);
};

interface Candidate {
  readonly id: string;
  readonly createdAt: number;
}

const cursorAt = ({ createdAt, id }: Candidate): string => `${createdAt}:${id}`;

const placeOf = (cursor: string | null): { readonly at: number | null; readonly id: string } => {
  const end = cursor?.indexOf(':') ?? 0;
  return cursor === null ? { at: null, id: '' } : { at: Number(cursor.slice(0, end)), id: cursor.slice(end + 1) };
};

/** The next of the list, newest first, except those of the cursor's millisecond that were already seen. */
const newest = async (
  db: Database,
  list: string,
  query: RunQuery,
  cursor: string | null,
  want: number,
): Promise<readonly Candidate[]> => {
  const { at: cursorAt, id: cursorId } = placeOf(cursor);
  const max = Math.min(query.until ?? Infinity, cursorAt ?? Infinity);
  const found: Candidate[] = [];
  for (let offset = 0; found.length < want; offset += want) {
    const flat = await db.redis.zrevrangebyscore(
      list,
      max === Infinity ? '+inf' : max,
      query.since ?? 0,
      'WITHSCORES',
      'LIMIT',
      offset,
      want,
    );
    for (let at = 0; at < flat.length; at += 2) {
      const candidate = { id: flat[at]!, createdAt: Number(flat[at + 1]) };
      if (candidate.createdAt !== cursorAt || candidate.id < cursorId) found.push(candidate);
    }
    if (flat.length < want * 2) break;
  }
  return found.slice(0, want);
};

const matches = (run: RunSummary, query: RunQuery): boolean => {
  if (query.status !== undefined && !query.status.includes(run.status)) return false;
  if (query.trigger !== undefined && !query.trigger.includes(run.trigger.kind)) return false;
  if (query.text !== undefined && !mentions(run, query.text)) return false;
  if (query.label === undefined) return true;
  const [key, value] = split(query.label);
  return Object.hasOwn(run.labels, key) && (value === null || run.labels[key] === value);
};

const split = (label: string): [string, string | null] => {
  const at = label.indexOf('=');
  return at < 0 ? [label, null] : [label.slice(0, at), label.slice(at + 1)];
};

export const remembered = async (db: Database, key: string): Promise<Remembered | null> => {
  const packed = await db.redis.get(db.keys.remembered(key));
  if (packed === null) return null;
  const { bodyHash, made, pipeline } = unpack(REMEMBERED, packed);
  return { bodyHash, made, pipeline: pipeline === '' ? null : pipeline };
};

export const progress = async (
  db: Database,
  runId: RunId,
): Promise<{ readonly lastSeq: number; readonly isOver: boolean } | null> => {
  const [status, seq] = await db.redis.hmget(db.keys.run(runId), STORED.status, STORED.lastSeq);
  return status ? { lastSeq: Number(seq), isOver: isTerminalRun(status as RunStatus) } : null;
};

export const eventsAfter = async (
  db: Database,
  runId: RunId,
  range: { afterSeq: number; limit: number },
): Promise<readonly RunEvent[] | null> => {
  const pipeline = await db.redis.hget(db.keys.run(runId), STORED.pipeline);
  return pipeline === null ? null : readLog(db, runId, pipeline as PipelineName, range.afterSeq + 1, range.limit);
};

export const eventsBefore = async (
  db: Database,
  runId: RunId,
  range: { beforeSeq: number | null; limit: number },
): Promise<readonly RunEvent[] | null> => {
  const [pipeline, seq] = await db.redis.hmget(db.keys.run(runId), STORED.pipeline, STORED.lastSeq);
  if (typeof pipeline !== 'string') return null;
  const last = Math.min(Number(seq), (range.beforeSeq ?? Infinity) - 1);
  const from = Math.max(1, last - range.limit + 1);
  return readLog(db, runId, pipeline as PipelineName, from, range.limit, last);
};
