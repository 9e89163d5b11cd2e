import { mentions, MillraceError, type PipelineName, type PipelineVersion, type Run, type RunEvent, type RunId } from '../domain/index.ts';
import type { Page, Remembered, RunQuery } from '../ports/index.ts';
import { readEvent } from './events.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { readRun } from './read-run.ts';
import type { Database } from './script.ts';

export const getRun = async (db: Database, pipelines: PipelineRegistry, runId: RunId, withOutputs = true): Promise<Run | null> => {
  const hash = await db.redis.hgetall(db.keys.run(runId));
  if (hash['st'] === undefined) return null;
  const pipeline = await pipelines.get(hash['pl'] as PipelineName, hash['v'] as PipelineVersion);
  return pipeline && readRun(runId, hash, pipeline, withOutputs);
};

/** What a hash says of the run itself; see read-run.ts. */
const RUN_FIELDS = ['st', 'pl', 'v', 'gen', 'tk', 'md', 'p', 'lb', 'rs', 'fe', 'ct', 'bt', 'et', 'err', 'seq'];

/** The run without its stages. Whether a running one is `retrying` only its stages tell: it is read in full. (`degraded` they tell too; no stage can be yet.) */
const getRunAlone = async (db: Database, pipelines: PipelineRegistry, runId: RunId): Promise<Run | null> => {
  const values = await db.redis.hmget(db.keys.run(runId), ...RUN_FIELDS);
  if (values[0] === null) return null;
  const hash = Object.fromEntries(RUN_FIELDS.flatMap((field, at) => (typeof values[at] === 'string' ? [[field, values[at]]] : [])));
  if (hash['st'] !== 'running') return readRun(runId, hash, null, false);
  const run = await getRun(db, pipelines, runId, false);
  return run && { ...run, stages: [] };
};

/** Candidates looked at for one page, so that a rare status cannot make a request unbounded; the cursor goes on from there. */
const SCAN = 2_000;
/** Read at once, at most: a run with many stages is a large hash. */
const BATCH = 100;
const CURSOR = /^\d{1,16}:[0-9a-f-]{36}$/;

/** Newest first over one or all pipelines: a merge of their lists. The cursor is "created_at:run_id" of the last candidate seen. */
export const listRuns = async (db: Database, pipelines: PipelineRegistry, query: RunQuery): Promise<Page<Run>> => {
  if (query.cursor !== null && !CURSOR.test(query.cursor))
    throw new MillraceError('invalid_request', 'the cursor is not one of ours', { errors: [{ path: 'cursor', message: 'use next_cursor as it was given' }] });
  const names = query.pipeline === undefined ? await pipelines.names() : [query.pipeline];
  const among = query.idPart === undefined ? null : await withIdPart(db, names, query.idPart);
  const items: Run[] = [];
  let cursor = query.cursor;
  // What is sought is often among the newest; the further it has to look, the more it reads at once.
  for (let scanned = 0, want = Math.min(query.limit, BATCH); scanned < SCAN; want = Math.min(want * 2, BATCH)) {
    const candidates = among ? newestAmong(among, query, cursor, want) : await newest(db, names, query, cursor, want);
    const runs = await Promise.all(
      candidates.map(({ id }) => (query.stages === false ? getRunAlone(db, pipelines, id as RunId) : getRun(db, pipelines, id as RunId, false))),
    );
    for (const [at, candidate] of candidates.entries()) {
      cursor = `${candidate.createdAt}:${candidate.id}`;
      const run = runs[at];
      if (run && matches(run, query)) items.push(run);
      if (items.length === query.limit) return { items, nextCursor: cursor };
    }
    scanned += candidates.length;
    if (candidates.length < want) return { items, nextCursor: null };
  }
  return { items, nextCursor: cursor };
};

interface Candidate {
  readonly id: string;
  readonly createdAt: number;
}

/** Ids alone are looked through, not the runs; each step of the scan is short. */
const withIdPart = async (db: Database, names: readonly string[], part: string): Promise<readonly Candidate[]> => {
  const found = new Map<string, number>();
  for (const name of names)
    for (const pattern of [`${part}*`, `*${part}`]) {
      let at = '0';
      do {
        const [next, flat]: [string, string[]] = await db.redis.zscan(db.keys.runs(name), at, 'MATCH', pattern, 'COUNT', 1_000);
        for (let index = 0; index < flat.length; index += 2) found.set(flat[index]!, Number(flat[index + 1]));
        at = next;
      } while (at !== '0');
    }
  return [...found].map(([id, createdAt]) => ({ id, createdAt })).sort(newestFirst);
};

const newestFirst = (a: Candidate, b: Candidate): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);

const newestAmong = (among: readonly Candidate[], query: RunQuery, cursor: string | null, want: number): readonly Candidate[] => {
  const { at, id } = placeOf(cursor);
  const isDue = ({ createdAt }: Candidate): boolean => createdAt <= (query.until ?? Infinity) && createdAt >= (query.since ?? 0);
  const isAfter = (candidate: Candidate): boolean => at === null || candidate.createdAt < at || (candidate.createdAt === at && candidate.id < id);
  return among.filter((candidate) => isDue(candidate) && isAfter(candidate)).slice(0, want);
};

const placeOf = (cursor: string | null): { readonly at: number | null; readonly id: string } => {
  const end = cursor?.indexOf(':') ?? 0;
  return cursor === null ? { at: null, id: '' } : { at: Number(cursor.slice(0, end)), id: cursor.slice(end + 1) };
};

const newest = async (db: Database, names: readonly string[], query: RunQuery, cursor: string | null, want: number): Promise<readonly Candidate[]> => {
  const { at: cursorAt, id: cursorId } = placeOf(cursor);
  const max = Math.min(query.until ?? Infinity, cursorAt ?? Infinity);
  const lists = await Promise.all(names.map((name) => newestOf(db, name, max, query.since ?? 0, cursorAt, cursorId, want)));
  return lists.flat().sort(newestFirst).slice(0, want);
};

/** Runs of one pipeline at or before `max`; those of the cursor's own millisecond that were already seen are left out. */
const newestOf = async (
  db: Database,
  name: string,
  max: number,
  min: number,
  cursorAt: number | null,
  cursorId: string,
  want: number,
): Promise<Candidate[]> => {
  const found: Candidate[] = [];
  for (let offset = 0; found.length < want; offset += want) {
    const flat = await db.redis.zrevrangebyscore(db.keys.runs(name), max === Infinity ? '+inf' : max, min, 'WITHSCORES', 'LIMIT', offset, want);
    for (let at = 0; at < flat.length; at += 2) {
      const candidate = { id: flat[at]!, createdAt: Number(flat[at + 1]) };
      if (candidate.createdAt !== cursorAt || candidate.id < cursorId) found.push(candidate);
    }
    if (flat.length < want * 2) break;
  }
  return found;
};

const matches = (run: Run, query: RunQuery): boolean => {
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

/** See keys.ts. */
export const remembered = async (db: Database, key: string): Promise<Remembered | null> => {
  const [, bodyHash, made, pipeline] = /^(\S+) (\S+) (\S*)$/.exec((await db.redis.get(db.keys.remembered(key))) ?? '') ?? [];
  return bodyHash === undefined || made === undefined ? null : { bodyHash, made, pipeline: pipeline || null };
};

export const eventsAfter = async (db: Database, runId: RunId, range: { afterSeq: number; limit: number }): Promise<readonly RunEvent[] | null> => {
  const pipeline = await db.redis.hget(db.keys.run(runId), 'pl');
  if (pipeline === null) return null;
  const entries = await db.redis.xrange(db.keys.events(runId), `${range.afterSeq + 1}-0`, '+', 'COUNT', range.limit);
  return entries.map(([, fields]) => readEvent(runId, pipeline as PipelineName, fields[1]!));
};

export const eventsBefore = async (db: Database, runId: RunId, range: { beforeSeq: number | null; limit: number }): Promise<readonly RunEvent[] | null> => {
  const pipeline = await db.redis.hget(db.keys.run(runId), 'pl');
  if (pipeline === null) return null;
  const end = range.beforeSeq === null ? '+' : `(${range.beforeSeq}-0`;
  const entries = await db.redis.xrevrange(db.keys.events(runId), end, '-', 'COUNT', range.limit);
  return entries.reverse().map(([, fields]) => readEvent(runId, pipeline as PipelineName, fields[1]!));
};

export const outputsOf = async (db: Database, runId: RunId, stageIndexes: readonly number[]): Promise<readonly unknown[]> => {
  const outputs: unknown[] = [];
  for (let at = 0; at < stageIndexes.length; at += 100) {
    const values = await db.redis.hmget(db.keys.run(runId), ...stageIndexes.slice(at, at + 100).map((index) => `o${index}`));
    outputs.push(...values.map((value) => (value === null ? null : (JSON.parse(value) as unknown))));
  }
  return outputs;
};
