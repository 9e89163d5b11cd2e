import type { Redis } from 'ioredis';
import type { Pipeline, PipelineName, PipelineVersion, Run, RunId, RunStatus, Stage } from '../domain/index.ts';
import type { Keys } from './keys.ts';
import { storedNames } from './layout/packed.ts';
import { RUN } from './layout/records.ts';
import type { PipelineRegistry } from './pipelines.ts';
import { getSome } from './read-stages.ts';

const STORED = storedNames(RUN);
const HEAD_FIELDS = [STORED.status, STORED.lastSeq, STORED.pipeline, STORED.version, STORED.endedAt];

/** The part of a run that shows whether an earlier reading of it is still valid. */
export interface RunHead {
  readonly runId: RunId;
  readonly status: RunStatus;
  /** Of its last event. */
  readonly seq: number;
  /** ms since the epoch; null: not finished. */
  readonly finishedAt: number | null;
  /** The version the run is pinned to. */
  readonly pipeline: Pipeline;
}

/** A stage of the plan with its index, and the run with this stage's record only. */
export interface StageInFlow {
  readonly stage: Stage;
  readonly run: Run;
}

export type FlowReadings = ReturnType<typeof flowReadings>;

/** Runs as flows, for Bull Board: the finished work it shows, which BullMQ's own keys do not hold. */
export const flowReadings = (redis: Redis, keys: Keys, pipelines: Pick<PipelineRegistry, 'get'>) => {
  const db = { redis, keys, scriptKeys: [] };

  const heads = async (runIds: readonly RunId[]): Promise<readonly (RunHead | null)[]> => {
    const all = await Promise.all(runIds.map((runId) => redis.hmget(keys.run(runId), ...HEAD_FIELDS)));
    const found: (RunHead | null)[] = [];
    // Sequentially: each version is read once, however many runs share it.
    for (const [at, [status, seq, name, version, finishedAt]] of all.entries()) {
      const pipeline = name && version ? await pipelines.get(name as PipelineName, version as PipelineVersion) : null;
      const facts = { runId: runIds[at]!, status: status as RunStatus, seq: Number(seq) };
      found.push(pipeline && { ...facts, finishedAt: finishedAt ? Number(finishedAt) : null, pipeline });
    }
    return found;
  };

  return {
    /** Latest finished first. */
    newestEnded: async (limit: number): Promise<readonly RunId[]> => {
      return (await redis.zrevrange(keys.ended, '0', `${limit - 1}`)) as RunId[];
    },
    /** The oldest and the newest unfinished runs, half of `limit` each. */
    someLive: async (limit: number): Promise<readonly RunId[]> => {
      const last = `${Math.floor(limit / 2) - 1}`;
      const ends = await Promise.all([redis.zrange(keys.allLive, '0', last), redis.zrevrange(keys.allLive, '0', last)]);
      return [...new Set(ends.flat())] as RunId[];
    },
    /** In the order of the ids; null: no such run. */
    heads,
    /** The run without its stages. */
    run: async (runId: RunId): Promise<Run | null> => {
      const [found] = await heads([runId]);
      return found ? getSome(db, runId, [], false) : null;
    },
    /** The run with the states and times of its stages, without their outputs, errors and past attempts. */
    states: (runId: RunId, pipeline: Pipeline): Promise<Run | null> => getSome(db, runId, pipeline.stages, false),
    /** The stage at this index of the run's plan, without its output. Null: no such run, or no such stage in it. */
    stage: async (runId: RunId, index: number): Promise<StageInFlow | null> => {
      const [found] = await heads([runId]);
      const stage = found?.pipeline.stages[index];
      if (!found || !stage) return null;
      const run = await getSome(db, runId, [stage], true);
      return run && run.stages.length > 0 ? { stage, run } : null;
    },
  };
};
