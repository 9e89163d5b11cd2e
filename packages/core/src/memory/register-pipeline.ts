import type { Pipeline, PipelineName } from '../domain/index.ts';
import type { Deployment } from './deployment.ts';

/** Stores the version; a version that is known stays as it is. Runs start on the current one. */
export const registerPipeline = (
  deployment: Deployment,
  pipeline: Pipeline,
  { makeCurrent }: { makeCurrent: boolean },
): void => {
  const record = deployment.pipelines.get(pipeline.name) ?? {
    versions: new Map(),
    current: null,
    retired: false,
    fence: 0,
    holder: null,
    waiting: [],
    lastSuccessAt: null,
    results: [],
  };
  deployment.pipelines.set(pipeline.name, record);
  if (!record.versions.has(pipeline.version)) record.versions.set(pipeline.version, pipeline);
  deployment.born ??= deployment.clock.now();
  if (!makeCurrent) return;
  if (record.current !== pipeline.version) deployment.scheduleRevision += 1;
  if (record.retired) deployment.pipelinesReturned.set(pipeline.name, deployment.clock.now());
  record.current = pipeline.version;
  record.retired = false;
};

/** Leaves the versions: a run is pinned to its own. A pipeline that is not current is left as it is. */
export const retirePipeline = (deployment: Deployment, name: PipelineName): void => {
  const record = deployment.pipelines.get(name);
  if (!record || record.current === null) return;
  record.current = null;
  record.retired = true;
  deployment.scheduleRevision += 1;
};
