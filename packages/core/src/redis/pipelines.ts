import { type Pipeline, type PipelineName, type PipelineVersion } from '../domain/index.ts';
import { claimFormat } from './format.ts';
import { storedNames } from './layout/packed.ts';
import { PLAN } from './layout/records.ts';
import { definitionFieldsOf, fieldsOf, partOfDefinition, planFieldsOf } from './plan.ts';
import { type Database, runScript } from './script.ts';

const STORED = storedNames(PLAN);

/** Fields of a plan that one script stores: those of a hundred stages. */
const FIELDS = 300;

/** Stores and reads pipeline versions. A version never changes, so each is read once and kept. */
export const pipelineRegistry = (db: Database) => {
  const known = new Map<string, Pipeline>();
  /** As last read. */
  const currentOnes = new Map<PipelineName, PipelineVersion>();

  const read = async (name: PipelineName, version: PipelineVersion): Promise<Pipeline | null> => {
    const id = `${name}@${version}`;
    const cached = known.get(id);
    if (cached) return cached;
    const key = db.keys.plan(name, version);
    const [first, parts] = await db.redis.hmget(key, STORED.definition, STORED.definitionParts);
    if (typeof first !== 'string') return null;
    const fields = Array.from({ length: Number(parts ?? 1) - 1 }, (_, at) => partOfDefinition(at + 1));
    const rest = fields.length === 0 ? [] : await db.redis.hmget(key, ...fields);
    const pipeline = JSON.parse([first, ...rest].join('')) as Pipeline;
    known.set(id, pipeline);
    return pipeline;
  };

  const counts = new Map<string, number>();
  const countStages = async (name: PipelineName, version: PipelineVersion): Promise<number> => {
    const id = `${name}@${version}`;
    const count = counts.get(id) ?? Number((await db.redis.hget(db.keys.plan(name, version), STORED.stageCount)) ?? 0);
    counts.set(id, count);
    return count;
  };

  return {
    /** Number of stages of the version, without reading its definition. */
    countStages,
    register: async (pipeline: Pipeline, options: { makeCurrent: boolean }): Promise<void> => {
      // Again if Redis has lost everything since this process started.
      await claimFormat(db.redis, db.keys);
      const { name, version } = pipeline;
      const {
        [STORED.stageCount]: stageCount,
        [STORED.timeout]: timeout,
        [STORED.roots]: roots,
        ...others
      } = planFieldsOf(pipeline);
      const last = fieldsOf({ [STORED.stageCount]: stageCount!, [STORED.timeout]: timeout!, [STORED.roots]: roots! });
      const stages = fieldsOf(others);
      // No run starts before the last fields are stored, and by then all others are.
      const definition = definitionFieldsOf(pipeline);
      for (const part of fieldsOf(definition.fields))
        await runScript(db, 'store_plan', { name, version, planFields: [part] });
      if (stages.length <= FIELDS) last.push(...stages);
      else
        for (let at = 0; at < stages.length; at += FIELDS)
          await runScript(db, 'store_plan', { name, version, planFields: stages.slice(at, at + FIELDS) });
      const queues = [...new Set(pipeline.stages.map(({ queue }) => queue))].join(' ');
      await runScript(db, 'register_pipeline', {
        name,
        version,
        makeCurrent: options.makeCurrent,
        definition: definition.first,
        queues,
        planFields: last,
      });
      known.set(`${name}@${version}`, pipeline);
      if (options.makeCurrent) currentOnes.set(name, version);
    },
    retire: async (name: PipelineName): Promise<void> => {
      await runScript(db, 'retire_pipeline', { name });
    },
    current: async (): Promise<readonly Pipeline[]> => {
      const versions = Object.entries(await db.redis.hgetall(db.keys.pipelines)).sort(([a], [b]) => (a < b ? -1 : 1));
      const pipelines = await Promise.all(
        versions.map(([name, version]) => read(name as PipelineName, version as PipelineVersion)),
      );
      return pipelines.filter((pipeline) => pipeline !== null);
    },
    get: async (name: PipelineName, version?: PipelineVersion): Promise<Pipeline | null> => {
      if (version !== undefined) return read(name, version);
      const current = (await db.redis.hget(db.keys.pipelines, name)) as PipelineVersion | null;
      if (current === null) currentOnes.delete(name);
      else currentOnes.set(name, current);
      return current === null ? null : read(name, current);
    },
    /** Without reading Redis. */
    known: (name: PipelineName): Pipeline | null => known.get(`${name}@${currentOnes.get(name)}`) ?? null,
    names: async (): Promise<readonly PipelineName[]> =>
      (await db.redis.smembers(db.keys.pipelineNames)).sort() as PipelineName[],
  };
};
export type PipelineRegistry = ReturnType<typeof pipelineRegistry>;
