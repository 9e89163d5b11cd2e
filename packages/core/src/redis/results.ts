import { MOST_RESULTS, type PipelineName, type PipelineResults, type RunResult } from '../domain/index.ts';
import { unpack } from './layout/packed.ts';
import { RESULT } from './layout/records.ts';
import type { Database } from './script.ts';

export const results = async (
  { redis, keys }: Database,
  pipelines: readonly PipelineName[],
): Promise<readonly PipelineResults[]> => {
  if (pipelines.length === 0) return [];
  const [successes, ...lists] = await Promise.all([
    redis.hmget(keys.lastSuccess, ...pipelines),
    ...pipelines.map((name) => redis.lrange(keys.results(name), 0, MOST_RESULTS - 1)),
  ]);
  return lists.map((packed, at) => {
    const all = packed.map((text) => unpack(RESULT, text));
    const noted = successes[at];
    const lastSuccessAt = all.find(({ status }) => status === 'succeeded')?.endedAt ?? (noted ? Number(noted) : null);
    return { lastSuccessAt, results: all.map(({ status, duration }): RunResult => ({ status, durationMs: duration })) };
  });
};

/** Of all pipelines: the last result of each, and what was noted before its failures. */
export const lastSuccesses = async (
  { redis, keys }: Database,
  pipelines: readonly PipelineName[],
): Promise<Readonly<Record<PipelineName, number>>> => {
  const [noted, ...heads] = await Promise.all([
    redis.hgetall(keys.lastSuccess),
    ...pipelines.map((name) => redis.lindex(keys.results(name), 0)),
  ]);
  const successes = pipelines.flatMap((name, at) => {
    const last = heads[at] ? unpack(RESULT, heads[at]) : null;
    const when = last?.status === 'succeeded' ? last.endedAt : noted[name];
    return when === undefined ? [] : [[name, Number(when)] as const];
  });
  return Object.fromEntries(successes);
};
