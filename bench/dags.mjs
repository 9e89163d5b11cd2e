/* The DAGs that the bench runs: two of our own, and the real ones that lie beside the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** WfCommons' WfInstances (https://github.com/wfcommons/WfInstances), in WfFormat. */
export const INSTANCES = fileURLToPath(new URL('../../shared/data/wfinstances', import.meta.url));

/** {name, stages: [{name, ms, dependsOn}]}, dependencies first. */
export const ownDags = () => [
  {
    name: 'diamond',
    stages: [
      { name: 'top', ms: 10, dependsOn: [] },
      { name: 'left', ms: 10, dependsOn: ['top'] },
      { name: 'right', ms: 10, dependsOn: ['top'] },
      { name: 'bottom', ms: 10, dependsOn: ['left', 'right'] },
    ],
  },
  wideJoin(1_000),
];

const wideJoin = (width) => {
  const middle = Array.from({ length: width }, (_, n) => ({ name: `part_${n}`, ms: 10, dependsOn: ['split'] }));
  return {
    name: `join_${width}`,
    stages: [
      { name: 'split', ms: 10, dependsOn: [] },
      ...middle,
      { name: 'join', ms: 10, dependsOn: middle.map(({ name }) => name) },
    ],
  };
};

/** The real ones, each second of a task one millisecond; null when they are not there. */
export const realDags = () => {
  const folder = process.env.BENCH_WFINSTANCES ?? INSTANCES;
  if (!existsSync(folder)) return null;
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readInstance(file.slice(0, -'.json'.length), JSON.parse(readFileSync(join(folder, file), 'utf8'))));
};

const readInstance = (name, { workflow }) => {
  const seconds = new Map(workflow.execution.tasks.map(({ id, runtimeInSeconds }) => [id, runtimeInSeconds]));
  const { tasks } = workflow.specification;
  const names = new Map(tasks.map(({ id }, place) => [id, `t${place}`]));
  const stages = tasks.map(({ id, parents }) => ({
    name: names.get(id),
    // What a timer can wait: whole milliseconds, one at least.
    ms: Math.max(1, Math.round(seconds.get(id))),
    dependsOn: parents.map((parent) => names.get(parent)),
  }));
  return { name, stages: dependenciesFirst(stages) };
};

const dependenciesFirst = (stages) => {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const ordered = new Set();
  const place = (stage) => {
    if (ordered.has(stage)) return;
    for (const name of stage.dependsOn) place(byName.get(name));
    ordered.add(stage);
  };
  for (const stage of stages) place(stage);
  return [...ordered];
};
