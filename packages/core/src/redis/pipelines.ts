import { type Pipeline, type PipelineName, type PipelineVersion, planOf } from '../domain/index.ts';
import { type Database, runScript } from './script.ts';

/** Fields of a plan that one script stores: those of some hundred stages. */
const FIELDS = 900;

/** Stores and reads pipeline versions. A version never changes, so each is read once and kept. */
export const pipelineRegistry = (db: Database) => {
  const known = new Map<string, Pipeline>();

  const read = async (name: PipelineName, version: PipelineVersion): Promise<Pipeline | null> => {
    const id = `${name}@${version}`;
    const cached = known.get(id);
    if (cached) return cached;
    const json = await db.redis.hget(db.keys.plan(name, version), 'def');
    if (json === null) return null;
    const pipeline = JSON.parse(json) as Pipeline;
    known.set(id, pipeline);
    return pipeline;
  };

  return {
    register: async (pipeline: Pipeline, options: { makeCurrent: boolean }): Promise<void> => {
      const { n, timeout, roots, ...others } = planOf(pipeline).fields;
      const stages = Object.entries(others);
      const queues = [...new Set(pipeline.stages.map(({ queue }) => queue))].join(' ');
      const last = Object.entries({ n, timeout, roots }) as [string, string][];
      // A run needs the last ones to start: by then all the others are there.
      if (stages.length <= FIELDS) last.push(...stages);
      else
        for (let at = 0; at < stages.length; at += FIELDS)
          await runScript(db, 'store_plan', [pipeline.name, pipeline.version, ...stages.slice(at, at + FIELDS).flat()]);
      const facts = [pipeline.name, pipeline.version, options.makeCurrent ? '1' : '0', JSON.stringify(pipeline), queues];
      await runScript(db, 'register_pipeline', [...facts, ...last.flat()]);
      known.set(`${pipeline.name}@${pipeline.version}`, pipeline);
    },
    retire: async (name: PipelineName): Promise<void> => {
      await runScript(db, 'retire_pipeline', [name]);
    },
    current: async (): Promise<readonly Pipeline[]> => {
      const versions = Object.entries(await db.redis.hgetall(db.keys.pipelines)).sort(([a], [b]) => (a < b ? -1 : 1));
      const pipelines = await Promise.all(versions.map(([name, version]) => read(name as PipelineName, version as PipelineVersion)));
      return pipelines.filter((pipeline) => pipeline !== null);
    },
    get: async (name: PipelineName, version?: PipelineVersion): Promise<Pipeline | null> => {
      const wanted = version ?? ((await db.redis.hget(db.keys.pipelines, name)) as PipelineVersion | null);
      return wanted === null ? null : read(name, wanted);
    },
    names: async (): Promise<readonly PipelineName[]> => (await db.redis.smembers(db.keys.pipelineNames)).sort() as PipelineName[],
  };
};
export type PipelineRegistry = ReturnType<typeof pipelineRegistry>;
