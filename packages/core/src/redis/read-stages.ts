import {
  fitPage,
  type Pipeline,
  type PipelineName,
  type PipelineVersion,
  type Run,
  type RunId,
  type RunSummary,
  type Stage,
  type StageRun,
  type StageStatus,
} from '../domain/index.ts';
import type { StagePage, StageQuery } from '../ports/index.ts';
import { storedNames } from './layout/packed.ts';
import { ATTEMPTS, RUN } from './layout/records.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { hasDelays, readRun, readSummary, RUN_FIELDS } from './read-run.ts';
import type { Database } from './script.ts';
import { readStage, type RedisHash, type StoredRun } from './stage-record.ts';

const STORED = storedNames(RUN);
const OF_ATTEMPTS = storedNames(ATTEMPTS);

/** Fields read per command. */
const FIELDS = 1_000;
/** Long outputs read per command for a page: each may be `LIMITS.output_bytes` long. */
const OUTPUTS = 8;
/** And for a stage's handler. */
const OUTPUTS_ASKED = 100;

const stateOf = async (db: Database, runId: RunId, fields: readonly string[]): Promise<RedisHash> =>
  hashOf(fields, await db.redis.hmget(db.keys.run(runId), ...fields));

const hashOf = (fields: readonly (string | number)[], values: readonly (string | null)[]): RedisHash =>
  Object.fromEntries(fields.flatMap((field, at) => (typeof values[at] === 'string' ? [[field, values[at]]] : [])));

/** Null: no such run. Its definition is read only if its stages add to the run's own fields. */
export const getSummary = async (
  db: Database,
  pipelines: PipelineRegistry,
  runId: RunId,
): Promise<RunSummary | null> => {
  const state = await stateOf(db, runId, RUN_FIELDS);
  return state[STORED.status] === undefined ? null : summaryOf(db, pipelines, runId, state);
};

const summaryOf = async (
  db: Database,
  pipelines: PipelineRegistry,
  runId: RunId,
  state: RedisHash,
): Promise<RunSummary> => {
  const [total, waits] = await Promise.all([
    countStages(pipelines, state),
    hasDelays(state) ? allStates(db, pipelines, runId, state) : [],
  ]);
  return readSummary(runId, state, { total, waits });
};

const countStages = async (pipelines: PipelineRegistry, state: RedisHash): Promise<number> => {
  const subset = state[STORED.subset] ?? '';
  return subset === '' ? pipelines.countStages(...versionOf(state)) : subset.replaceAll('0', '').length;
};

const versionOf = (state: RedisHash) =>
  [state[STORED.pipeline] as PipelineName, state[STORED.version] as PipelineVersion] as const;

/** The stages' records alone, in the order of the definition. */
const allStates = async (
  db: Database,
  pipelines: PipelineRegistry,
  runId: RunId,
  state: RedisHash,
): Promise<readonly StageRun[]> => {
  const pipeline = await definitionOf(pipelines, state);
  const stages = pipeline === null ? [] : stagesIn(pipeline, state);
  const found: StageRun[] = [];
  for (let from = 0; from < stages.length; from += FIELDS)
    found.push(...(await recordsOf(db, runId, stages.slice(from, from + FIELDS))));
  return found;
};

const recordsOf = async (db: Database, runId: RunId, stages: readonly Stage[]): Promise<readonly StageRun[]> => {
  const state = await stateOf(
    db,
    runId,
    stages.map(({ index }) => `${STORED.stage}${index}`),
  );
  return stages.map((stage) => readStage({ state, attempts: {}, outputs: {} }, stage));
};

const definitionOf = (pipelines: PipelineRegistry, state: RedisHash): Promise<Pipeline | null> =>
  pipelines.get(...versionOf(state));

/** The stages that exist for the run, in plan order; null: no such run. */
export const stagesOfRun = async (
  db: Database,
  pipelines: PipelineRegistry,
  runId: RunId,
): Promise<readonly Stage[] | null> => {
  const known = await stateOf(db, runId, [STORED.pipeline, STORED.version, STORED.subset]);
  const pipeline = known[STORED.pipeline] === undefined ? null : await definitionOf(pipelines, known);
  return pipeline && stagesIn(pipeline, known);
};

/** Those that exist for the run. */
const stagesIn = ({ stages }: Pick<Pipeline, 'stages'>, state: RedisHash): readonly Stage[] => {
  const subset = state[STORED.subset] ?? '';
  return subset === '' ? stages : stages.filter((stage) => subset[stage.index] === '1');
};

export const getStages = async (
  db: Database,
  pipelines: PipelineRegistry,
  runId: RunId,
  query: StageQuery,
): Promise<StagePage | null> => {
  const known = await stateOf(db, runId, [STORED.pipeline, STORED.version, STORED.subset, STORED.stagesRunning]);
  const pipeline = known[STORED.pipeline] === undefined ? null : await definitionOf(pipelines, known);
  if (pipeline === null) return null;
  const { after, names, limit } = query;
  const wanted = names && new Set(names);
  const candidates = stagesIn(pipeline, known).filter(
    ({ index, name }) => (after === null || index > after) && (wanted?.has(name) ?? true),
  );
  const chosen =
    query.status === undefined
      ? candidates.slice(0, limit + 1)
      : await ofStatus(db, runId, candidates, query.status, mostOf(query, known));
  const stored = await readAtOnce(db, runId, chosen);
  if (stored === null) return null;
  const { state, attempts } = stored;
  const considered = chosen.slice(0, limit);
  // A stage found by its status may have moved on since.
  const found = considered
    .map((stage) => ({ stage, run: readStage({ state, attempts, outputs: {} }, stage) }))
    .filter(({ run }) => query.status?.includes(run.status) ?? true);
  const items = query.outputs ? await withOutputs(db, runId, state, found) : fitPage(found.map(({ run }) => run));
  const last = items.length < found.length ? found[items.length - 1] : null;
  const nextAfter = last?.stage.index ?? (chosen.length > limit ? considered.at(-1)!.index : null);
  return { run: await summaryOf(db, pipelines, runId, state), items, nextAfter };
};

interface Found {
  readonly stage: Stage;
  readonly run: StageRun;
}

/** One more than a page, which shows whether there are more; the number of running stages is known. */
const mostOf = ({ status, limit }: StageQuery, state: RedisHash): number =>
  status?.every((one) => one === 'running') ? Math.min(limit + 1, Number(state[STORED.stagesRunning])) : limit + 1;

/** The first stages in one of the states, by their records. */
const ofStatus = async (
  db: Database,
  runId: RunId,
  stages: readonly Stage[],
  status: readonly StageStatus[],
  most: number,
): Promise<readonly Stage[]> => {
  const found: Stage[] = [];
  for (let from = 0; from < stages.length && found.length < most; from += FIELDS) {
    const some = stages.slice(from, from + FIELDS);
    const records = await recordsOf(db, runId, some);
    found.push(...some.filter((_, at) => status.includes(records[at]!.status)));
  }
  return found.slice(0, most);
};

/** The run and its stages at one instant; a view continues from there by the following events. */
const readAtOnce = async (
  db: Database,
  runId: RunId,
  stages: readonly Stage[],
  withAttempts = true,
): Promise<Omit<StoredRun, 'outputs'> | null> => {
  const ofState = [
    ...RUN_FIELDS,
    ...stages.flatMap(({ index }) => [
      `${STORED.stage}${index}`,
      `${STORED.lacksCode}${index}`,
      `${STORED.output}${index}`,
      `${STORED.provenance}${index}`,
    ]),
  ];
  const ofAttempts = (withAttempts ? stages : []).flatMap(({ index }) => [
    `${OF_ATTEMPTS.past}${index}`,
    `${OF_ATTEMPTS.error}${index}`,
  ]);
  const asked = [
    ...slices(ofState).map((fields) => ({ key: db.keys.run(runId), fields })),
    ...slices(ofAttempts).map((fields) => ({ key: db.keys.attempts(runId), fields })),
  ];
  const values = await together(
    db,
    asked.map(({ key, fields }) => ['hmget', key, ...fields]),
  );
  const [state, attempts]: [Record<string, string>, Record<string, string>] = [{}, {}];
  for (const [at, { key, fields }] of asked.entries())
    Object.assign(key === db.keys.run(runId) ? state : attempts, hashOf(fields, values[at] as (string | null)[]));
  return state[STORED.status] === undefined ? null : { state, attempts };
};

/** Commands in one transaction. */
const together = async (db: Database, commands: readonly (readonly string[])[]): Promise<readonly unknown[]> => {
  const answers = await db.redis.multi(commands.map((command) => [...command])).exec();
  return answers!.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
};

const slices = (fields: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(fields.length / FIELDS) }, (_, at) => fields.slice(at * FIELDS, (at + 1) * FIELDS));

/**
 * With their outputs, as many as fit into a page. Long ones are read a few at a time, so little is read that is not
 * shown.
 */
const withOutputs = async (
  db: Database,
  runId: RunId,
  state: RedisHash,
  found: readonly Found[],
): Promise<readonly StageRun[]> => {
  const items: StageRun[] = [];
  for (let from = 0; from < found.length; ) {
    const some = upToLong(found.slice(from), state);
    const outputs = await outputsIn(
      db,
      runId,
      some.map(({ stage }) => stage.index),
      state,
    );
    items.push(...some.map(({ stage, run }) => ({ ...run, output: parsed(outputs[stage.index]) })));
    from += some.length;
    const fitting = fitPage(items);
    if (fitting.length < items.length) return fitting;
  }
  return items;
};

/** The first of them, with as many long outputs as one command reads. */
const upToLong = (found: readonly Found[], state: RedisHash): readonly Found[] => {
  let long = 0;
  const end = found.findIndex(({ stage }) => state[`${STORED.output}${stage.index}`] === '' && ++long > OUTPUTS);
  return end < 0 ? found : found.slice(0, end);
};

/**
 * By index, as JSON: a short output is stored with the state, a long one leaves '' there (lib/runs.lua save_outputs).
 */
const outputsIn = async (
  db: Database,
  runId: RunId,
  indexes: readonly number[],
  state: RedisHash,
): Promise<RedisHash> => {
  const long = indexes.filter((index) => state[`${STORED.output}${index}`] === '');
  const short = Object.fromEntries(
    indexes.flatMap((index) =>
      state[`${STORED.output}${index}`] ? [[index, state[`${STORED.output}${index}`]!]] : [],
    ),
  );
  if (long.length === 0) return short;
  return { ...short, ...hashOf(long, await db.redis.hmget(db.keys.outputs(runId), ...long.map(String))) };
};

const parsed = (json: string | undefined): unknown => (json === undefined ? null : (JSON.parse(json) as unknown));

export const outputsOf = async (
  db: Database,
  runId: RunId,
  indexes: readonly number[],
): Promise<readonly unknown[]> => {
  const outputs: unknown[] = [];
  for (let at = 0; at < indexes.length; at += OUTPUTS_ASKED) {
    const some = indexes.slice(at, at + OUTPUTS_ASKED);
    const state = await stateOf(
      db,
      runId,
      some.map((index) => `${STORED.output}${index}`),
    );
    const found = await outputsIn(db, runId, some, state);
    outputs.push(...some.map((index) => parsed(found[index])));
  }
  return outputs;
};

/** The run with some stages of its plan, without outputs; without attempts, errors too. Null: no such run. */
export const getSome = async (
  db: Database,
  runId: RunId,
  stages: readonly Stage[],
  withAttempts: boolean,
): Promise<Run | null> => {
  const stored = await readAtOnce(db, runId, stages, withAttempts);
  if (stored === null) return null;
  const { state, attempts } = stored;
  const shown = stagesIn({ stages }, state).map((stage) => readStage({ state, attempts, outputs: {} }, stage));
  return readRun(runId, state, shown);
};

/** The whole run, at one instant. */
export const getRun = async (db: Database, pipelines: PipelineRegistry, runId: RunId): Promise<Run | null> => {
  const keys = [db.keys.run(runId), db.keys.attempts(runId), db.keys.outputs(runId)];
  const [state, attempts, long] = (await together(
    db,
    keys.map((key) => ['hgetall', key]),
  )) as [RedisHash, RedisHash, RedisHash];
  if (state[STORED.status] === undefined) return null;
  const pipeline = await definitionOf(pipelines, state);
  if (pipeline === null) return null;
  const stages = stagesIn(pipeline, state);
  const short = Object.fromEntries(
    stages.flatMap(({ index }) =>
      state[`${STORED.output}${index}`] ? [[index, state[`${STORED.output}${index}`]!]] : [],
    ),
  );
  const outputs = { ...short, ...long };
  return readRun(
    runId,
    state,
    stages.map((stage) => readStage({ state, attempts, outputs }, stage)),
  );
};
