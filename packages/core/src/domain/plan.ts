import type { Pipeline, Stage } from './pipeline.ts';
import { startsReady } from './trigger-rules.ts';

/** What the scripts need of a pipeline version, in the form they read it: one hash field per stage and direction. */
export interface Plan {
  readonly stageCount: number;
  /** Field name -> packed text; see `planOf`. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The plan of a pipeline version:
 * - `s<i>`: "name queue timed maxAttempts initial coefficient cap jitter stageTimeout queueTimeout kind" of stage i (ms, 0: none; timed: 1 if either timeout
 *   is set; kind: c(ommand) or f(unction))
 * - `d<i>`: "j:indegree:queue:name:queueTimeout:stageTimeout …", the dependants of stage i
 * - `p<i>`: "j:name …", its dependencies, in the order they were declared
 * - `roots`: like `d<i>`, the stages that can run as soon as the run begins
 * - `n`: number of stages; `timeout`: of the run, ms or 0
 */
export const planOf = (pipeline: Pipeline): Plan => {
  const indexOf = new Map(pipeline.stages.map((stage) => [stage.name, stage.index]));
  const dependants: string[][] = pipeline.stages.map(() => []);
  for (const stage of pipeline.stages) for (const name of stage.dependsOn) dependants[indexOf.get(name)!]!.push(packDependant(stage));
  const fields: Record<string, string> = {
    n: String(pipeline.stages.length),
    timeout: String(pipeline.timeoutMs ?? 0),
    roots: pipeline.stages
      .filter((stage) => startsReady(stage))
      .map(packDependant)
      .join(' '),
  };
  for (const stage of pipeline.stages) {
    fields[`s${stage.index}`] = packStage(stage);
    fields[`p${stage.index}`] = stage.dependsOn.map((name) => `${indexOf.get(name)}:${name}`).join(' ');
    fields[`d${stage.index}`] = dependants[stage.index]!.join(' ');
  }
  return { stageCount: pipeline.stages.length, fields };
};

const packStage = (stage: Stage): string =>
  [
    stage.name,
    stage.queue,
    stage.timeouts.stage || stage.timeouts.queue ? 1 : 0,
    stage.retry.maximumAttempts,
    stage.retry.initialInterval,
    stage.retry.backoffCoefficient,
    stage.retry.maximumInterval,
    stage.retry.jitter,
    stage.timeouts.stage ?? 0,
    stage.timeouts.queue ?? 0,
    stage.handler.kind === 'command' ? 'c' : 'f',
  ].join(' ');

export const packDependant = (stage: Stage): string =>
  [stage.index, stage.dependsOn.length, stage.queue, stage.name, stage.timeouts.queue ?? 0, stage.timeouts.stage ?? 0].join(':');
