/** The run's event log: dense, append-only, closed by the run's last event. */
import type { EventData, EventType, RunEvent } from '../domain/index.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';

export const recordOfRun = <T extends EventType & `run.${string}`>(
  deployment: Deployment,
  run: RunRecord,
  type: T,
  data: EventData[T],
): void => append(deployment, run, { stage: 'pipeline', attempt: 0, generation: 1, type, data });

export const recordOfStage = <T extends EventType & `${'stage' | 'gate'}.${string}`>(
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  type: T,
  data: EventData[T],
  attempt = stage.attempt,
): void => append(deployment, run, { stage: stage.definition.name, attempt, generation: stage.generation, type, data });

const append = (
  deployment: Deployment,
  run: RunRecord,
  fact: Pick<RunEvent, 'stage' | 'attempt' | 'generation' | 'type'> & { readonly data: object },
): void => {
  const data = JSON.parse(JSON.stringify(fact.data)) as Record<string, unknown>;
  const event: RunEvent = {
    seq: run.log.length + 1,
    runId: run.runId,
    pipeline: run.pipeline.name,
    ...fact,
    at: deployment.clock.now(),
    data,
  };
  run.log.push(event);
  for (const listener of deployment.listeners) queueMicrotask(() => listener.onEvent(event));
};

/** Workers came, left or changed what they run. */
export const publishWorkers = ({ listeners }: Deployment): void => {
  for (const listener of listeners) queueMicrotask(() => listener.onWorkers?.());
};
