import type { PipelineName, RunEvent, RunId } from '../domain/index.ts';
import type { ArtifactUse } from '../ports/index.ts';
import { readEvent } from './events.ts';
import { RUN, SCHEDULE_CHANGES } from './layout/records.ts';
import type { Database } from './script.ts';

export const artifactUse = async (db: Database, runId: RunId): Promise<ArtifactUse> => {
  const [born, [count, bytes]] = await Promise.all([
    db.redis.hget(db.keys.scheduleChanges, SCHEDULE_CHANGES.fields.born.stored),
    db.redis.hmget(db.keys.run(runId), RUN.fields.artifactCount.stored, RUN.fields.artifactBytes.stored) as Promise<
      [string | null, string | null]
    >,
  ]);
  return { deployment: nameOf(db, born), count: Number(count), bytes: Number(bytes) };
};

export const artifactEvents = async (
  db: Database,
  runId: RunId,
  range: { after: number; limit: number },
): Promise<readonly RunEvent[] | null> => {
  const [pipeline, ids] = await Promise.all([
    db.redis.hget(db.keys.run(runId), RUN.fields.pipeline.stored),
    db.redis.lrange(db.keys.artifactIds(runId), range.after, range.after + range.limit - 1),
  ]);
  if (pipeline === null) return null;
  const bodies = ids.length === 0 ? [] : await db.redis.hmget(db.keys.artifacts(runId), ...ids);
  return bodies.flatMap((body) => (body === null ? [] : [readEvent(runId, pipeline as PipelineName, body)]));
};

export const artifactEvent = async (db: Database, runId: RunId, id: string): Promise<RunEvent | null> => {
  const [pipeline, body] = await Promise.all([
    db.redis.hget(db.keys.run(runId), RUN.fields.pipeline.stored),
    db.redis.hget(db.keys.artifacts(runId), id),
  ]);
  return pipeline === null || body === null ? null : readEvent(runId, pipeline as PipelineName, body);
};

export const prunedArtifacts = async (db: Database, limit: number) => {
  const [born, ids] = await Promise.all([
    db.redis.hget(db.keys.scheduleChanges, SCHEDULE_CHANGES.fields.born.stored),
    db.redis.lrange(db.keys.prunedArtifacts, 0, limit - 1),
  ]);
  return { deployment: nameOf(db, born), runIds: ids as RunId[] };
};

/** In one transaction: a Redis that loses its data in between must not be taken for the one that knew the runs. */
export const knownRuns = async (db: Database, runIds: readonly RunId[]) => {
  const asked = db.redis.multi().hget(db.keys.scheduleChanges, SCHEDULE_CHANGES.fields.born.stored);
  for (const runId of runIds) asked.exists(db.keys.run(runId));
  const [born, ...found] = (await asked.exec())!.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
  return { deployment: nameOf(db, born as string | null), runIds: runIds.filter((_, at) => found[at] === 1) };
};

export const forgetArtifacts = async (db: Database, runIds: readonly RunId[]): Promise<void> => {
  await Promise.all(runIds.map((runId) => db.redis.lrem(db.keys.prunedArtifacts, 1, runId)));
};

/**
 * The time the first pipeline was registered distinguishes a Redis from itself after a data loss, and from another one
 * with the same prefix.
 */
const nameOf = ({ keys }: Database, born: string | null): string => `${keys.root.slice(1, -1)}-${born ?? '0'}`;
