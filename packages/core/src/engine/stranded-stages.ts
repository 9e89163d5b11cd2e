import { hasCode, type Pipeline, type Run, sayLacking } from '../domain/index.ts';
import type { ParkedView, Readings, WorkerInfo } from '../ports/index.ts';

/**
 * Parked stages that no live worker of their queue can run: they wait for a worker with their code, or for the end of
 * their run.
 */
export const strandedStages = async (
  store: Pick<Readings, 'parked' | 'liveWorkers'>,
): Promise<readonly ParkedView[]> => {
  const parked = await store.parked();
  if (parked.length === 0) return [];
  const workers = await store.liveWorkers();
  return parked.filter(({ queue, pipeline, version }) => {
    const kind = version === null ? 'command' : 'function';
    return !workers.some(
      (worker) => worker.queues.includes(queue) && hasCode(worker, { pipeline, version: version ?? '', kind }),
    );
  });
};

/**
 * Why stages of a newly started run cannot run, one sentence per cause: no worker serves their queue, or none has their
 * code.
 */
export const startWarnings = (
  { pipeline, version, stages }: Pick<Run, 'pipeline' | 'version' | 'stages'>,
  definition: Pipeline,
  workers: readonly WorkerInfo[],
): readonly string[] => {
  const kinds = new Map(definition.stages.map(({ name, handler }) => [name, handler.kind]));
  const warnings = stages.map(({ stage, queue }) => {
    const serving = workers.filter((worker) => worker.queues.includes(queue));
    if (serving.length === 0) return `no worker serves queue ${queue}: its stages wait until one is started`;
    const kind = kinds.get(stage) ?? 'function';
    if (serving.some((worker) => hasCode(worker, { pipeline, version, kind }))) return null;
    return `${sayLacking(pipeline, kind !== 'function' ? null : version)} and serves queue ${queue}: its stages wait until one is started`;
  });
  return [...new Set(warnings)].filter((warning) => warning !== null);
};
