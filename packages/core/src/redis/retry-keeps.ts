/**
 * Writes what a retry takes from the run that it retries into the new run's keys, in small steps, before that run
 * exists: a script that did it at once would hold Redis for as long as there are results. Until `start_run` makes the
 * run of it, the keys expire.
 */
import type { Pipeline, PipelineName, PipelineVersion, RunId, Stage, StageName } from '../domain/index.ts';
import type { ArtifactMeta, KeptStage, RetryStart, StartRun } from '../ports/index.ts';
import { readEvent } from './events.ts';
import { pack, storedNames, unpack } from './layout/packed.ts';
import { PROVENANCE, RUN, STAGE, TODO, TODO_KIND } from './layout/records.ts';
import type { PipelineRegistry } from './pipelines.ts';
import type { Database } from './script.ts';

const STORED = storedNames(RUN);
/** What is kept without a run, ms. */
const TTL = 600_000;
/** Stages and artifacts per step, and long outputs, which may be `LIMITS.output_bytes` long. */
const STAGES = 100;
const OUTPUTS = 8;

/** Nothing, if the run to retry is gone or a stage is not as it was: the start is refused then. */
export const keepForRetry = async (
  db: Database,
  pipelines: PipelineRegistry,
  pipeline: Pipeline,
  command: StartRun & { readonly retry: RetryStart },
): Promise<void> => {
  const { redis, keys } = db;
  const { runId, retry } = command;
  // A repeated command.
  if ((await redis.hexists(keys.run(runId), STORED.status)) === 1) return;
  await dropKept(db, runId);
  const source = await sourceOf(db, pipelines, retry.of);
  if (source === null) return;
  const indexes = new Map(pipeline.stages.map(({ name, index }) => [name, index]));
  const inSource = new Map(source.stages.map(({ name, index }) => [name, index]));
  for (let at = 0; at < retry.kept.length; at += STAGES) {
    const places = retry.kept.slice(at, at + STAGES).map((kept) => ({
      kept,
      from: inSource.get(kept.stage) ?? -1,
      to: indexes.get(kept.stage)!,
    }));
    if (!(await keepStages(db, runId, retry.of, places))) return;
  }
  await keepArtifacts(db, runId, pipeline.name, retry);
  await keepVisits(db, pipeline, command);
  await writeHash(db, keys.run(runId), [STORED.retryOf, retry.of]);
};

/** Of a start that was refused. */
export const dropKept = async ({ redis, keys }: Database, runId: RunId): Promise<void> => {
  await redis.unlink(
    keys.run(runId),
    keys.begins(runId),
    keys.outputs(runId),
    keys.artifacts(runId),
    keys.artifactIds(runId),
  );
};

const sourceOf = async (
  { redis, keys }: Database,
  pipelines: PipelineRegistry,
  runId: RunId,
): Promise<Pipeline | null> => {
  const [name, version] = await redis.hmget(keys.run(runId), STORED.pipeline, STORED.version);
  return name && version ? pipelines.get(name as PipelineName, version as PipelineVersion) : null;
};

interface Place {
  readonly kept: KeptStage;
  /** Its index in the source, and in the new run. */
  readonly from: number;
  readonly to: number;
}

const keepStages = async (db: Database, runId: RunId, of: RunId, places: readonly Place[]): Promise<boolean> => {
  const { redis, keys } = db;
  const records = await redis.hmget(
    keys.run(of),
    ...places.flatMap(({ from }) => [`${STORED.stage}${from}`, `${STORED.output}${from}`]),
  );
  const fields: string[] = [];
  const long: Place[] = [];
  for (const [at, place] of places.entries()) {
    const [record, output] = [records[2 * at], records[2 * at + 1]];
    const { kept, to } = place;
    if (!record || unpack(STAGE, record).status !== kept.status) return false;
    const generation = kept.reusedFrom?.generation ?? 1;
    const initial = unpack(STAGE, Object.values(STAGE.initial).join(' '));
    fields.push(`${STORED.stage}${to}`, pack(STAGE, { ...initial, status: kept.status, generation }));
    if (kept.reusedFrom) fields.push(`${STORED.provenance}${to}`, provenanceOf(kept.reusedFrom));
    if (typeof output === 'string') fields.push(`${STORED.output}${to}`, output);
    if (output === '') long.push(place);
  }
  for (let at = 0; at < long.length; at += OUTPUTS) {
    const some = long.slice(at, at + OUTPUTS);
    const outputs = await redis.hmget(keys.outputs(of), ...some.map(({ from }) => String(from)));
    if (outputs.includes(null)) return false;
    await writeHash(
      db,
      keys.outputs(runId),
      some.flatMap(({ to }, n) => [String(to), outputs[n]!]),
    );
  }
  await writeHash(db, keys.run(runId), fields);
  return true;
};

const provenanceOf = ({ runId, generation, otherParams }: NonNullable<KeptStage['reusedFrom']>): string =>
  pack(PROVENANCE, { kind: 'reused', run: runId, generation, otherParams });

const keepArtifacts = async (
  db: Database,
  runId: RunId,
  pipeline: PipelineName,
  { of, artifacts }: RetryStart,
): Promise<void> => {
  const { redis, keys } = db;
  let [count, bytes] = [0, 0];
  for (let at = 0; at < artifacts.length; at += STAGES) {
    const ids = artifacts.slice(at, at + STAGES);
    const bodies = await redis.hmget(keys.artifacts(of), ...ids);
    const found = ids.flatMap((id, n) => (bodies[n] ? [{ id, body: bodies[n] }] : []));
    if (found.length === 0) continue;
    for (const { body } of found) {
      count += 1;
      bytes += (readEvent(runId, pipeline, body).data as unknown as ArtifactMeta).size;
    }
    await writeHash(
      db,
      keys.artifacts(runId),
      found.flatMap(({ id, body }) => [id, body]),
    );
    await append(
      db,
      keys.artifactIds(runId),
      found.map(({ id }) => id),
    );
  }
  if (count > 0)
    await writeHash(db, keys.run(runId), [STORED.artifactCount, String(count), STORED.artifactBytes, String(bytes)]);
};

/** A kept stage counts for those that wait for it as one that ends does, in as many scripts as that takes. */
const keepVisits = async (
  db: Database,
  { stages }: Pipeline,
  { runId, stages: subset, retry }: StartRun & { readonly retry: RetryStart },
): Promise<void> => {
  const kept = new Set(retry.kept.map(({ stage }) => stage));
  const present = subset === null ? null : new Set(subset);
  const waits = ({ name }: Stage): boolean => (present?.has(name) ?? true) && !kept.has(name);
  const waitedFor = new Set<StageName>(stages.filter(waits).flatMap(({ dependsOn }) => dependsOn));
  const visits = stages
    .filter(({ name }) => kept.has(name) && waitedFor.has(name))
    .map(({ index }) => pack(TODO, { kind: TODO_KIND.fields.dependants.stored, stage: String(index), place: 0 }));
  for (let at = 0; at < visits.length; at += STAGES)
    await append(db, db.keys.begins(runId), visits.slice(at, at + STAGES));
};

const writeHash = async ({ redis }: Database, key: string, fields: readonly string[]): Promise<void> => {
  await redis
    .multi()
    .hset(key, ...fields)
    .pexpire(key, TTL)
    .exec();
};

const append = async ({ redis }: Database, key: string, items: readonly string[]): Promise<void> => {
  await redis
    .multi()
    .rpush(key, ...items)
    .pexpire(key, TTL)
    .exec();
};
