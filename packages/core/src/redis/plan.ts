import { type Pipeline, type Stage, startsReady } from '../domain/index.ts';
import { pack, storedNames } from './layout/packed.ts';
import { DEPENDANT, DEPENDENCY, PLAN, PLAN_STAGE } from './layout/records.ts';

const STORED = storedNames(PLAN);

/** What the scripts need of a pipeline version, in the form they read it: fields of the record PLAN. */
export const planFieldsOf = (pipeline: Pipeline): Readonly<Record<string, string>> => {
  const indexOf = new Map(pipeline.stages.map((stage) => [stage.name, stage.index]));
  const dependants: string[][] = pipeline.stages.map(() => []);
  for (const stage of pipeline.stages) for (const name of stage.dependsOn) dependants[indexOf.get(name)!]!.push(packDependant(stage));
  const fields: Record<string, string> = {
    [STORED.stageCount]: String(pipeline.stages.length),
    [STORED.timeout]: String(pipeline.timeoutMs ?? 0),
    [STORED.roots]: pipeline.stages
      .filter((stage) => startsReady(stage))
      .map(packDependant)
      .join(' '),
  };
  for (const stage of pipeline.stages) {
    fields[`${STORED.stage}${stage.index}`] = packStage(stage);
    fields[`${STORED.dependencies}${stage.index}`] = stage.dependsOn.map((name) => pack(DEPENDENCY, { index: indexOf.get(name)!, name })).join(' ');
    fields[`${STORED.dependants}${stage.index}`] = dependants[stage.index]!.join(' ');
  }
  return fields;
};

const packStage = ({ name, queue, retry, timeouts, handler }: Stage): string =>
  pack(PLAN_STAGE, {
    name,
    queue,
    timed: Boolean(timeouts.stage) || Boolean(timeouts.queue),
    maximumAttempts: retry.maximumAttempts,
    initialInterval: retry.initialInterval,
    backoffCoefficient: retry.backoffCoefficient,
    maximumInterval: retry.maximumInterval,
    jitter: retry.jitter,
    stageTimeout: timeouts.stage ?? 0,
    queueTimeout: timeouts.queue ?? 0,
    handler: handler.kind === 'command' ? 'c' : 'f',
  });

export const packDependant = ({ index, dependsOn, queue, name, timeouts }: Stage): string =>
  pack(DEPENDANT, { index, dependencies: dependsOn.length, queue, name, queueTimeout: timeouts.queue ?? 0, stageTimeout: timeouts.stage ?? 0 });
