/* A pipeline of stages that only wait, from a JSON file [{name, ms, dependsOn}]. Each says how long it really took. */
import { readFileSync } from 'node:fs';
import { definePipeline } from '@millrace/core/definition';

export const dagPipeline = (name, file) =>
  JSON.parse(readFileSync(file, 'utf8')).reduce(
    (pipeline, stage) => pipeline.stage(stage.name, { dependsOn: stage.dependsOn, run: () => wait(stage.ms) }),
    definePipeline(name, { overlap: 'allow' }),
  );

const wait = (ms) => {
  const from = performance.now();
  return new Promise((resolve) => setTimeout(() => resolve({ ms: performance.now() - from }), ms));
};
