/*
 * Row 5: DAGs on one worker: does every stage wait for its dependencies, and how long does the whole take beside a list schedule on as many slots?
 * Bare BullMQ has no DAG: its flows are trees.
 */
import { rmSync } from 'node:fs';
import { endingsOf } from '../contestants/endings.mjs';
import { openMillrace } from '../contestants/millrace.mjs';
import { INSTANCES, ownDags, realDags } from '../dags.mjs';
import { listSchedule } from '../list-schedule.mjs';
import { summary } from '../measure/statistics.mjs';
import { pipelineOf, writePipelines } from '../write-pipelines.mjs';
import { checkOrder } from './check-order.mjs';

const SLOTS = 50;

export const measure = async ({ server, rounds, quick, progress }) => {
  const real = realDags();
  const dags = [...ownDags(), ...(real ?? [])].filter(({ stages }) => !quick || stages.length < 100);
  const folder = writePipelines(dags);
  const millrace = await openMillrace(server, { concurrency: SLOTS, pipelines: folder });
  const endings = await endingsOf(millrace, server);
  const results = [];
  try {
    await run(millrace, endings, dags[0]);
    for (const dag of dags) {
      const runs = [];
      for (let round = 0; round < rounds; round++) runs.push(await run(millrace, endings, dag));
      results.push(resultOf(dag, runs));
      progress(`${dag.name}: ${rounds} runs, in order`);
    }
  } finally {
    await endings.close();
    await millrace.close();
    rmSync(folder, { recursive: true });
  }
  const notes = [
    'list schedule: critical path first, nothing but the stages takes time',
    'ratio: makespan / list schedule of the nominal times; own times: of the times that the bodies really took (timers are late on a busy machine)',
    'in order: read from the event log: every stage started after all of its dependencies had succeeded',
    ...(real === null ? [`the real DAGs are not there: ${INSTANCES}`] : []),
  ];
  return {
    title: `DAGs: stages that wait, ${SLOTS} slots in one worker process, ${rounds} runs each`,
    slots: SLOTS,
    real: real !== null,
    dags: results,
    table: tableOf(results),
    notes,
  };
};

const run = async (millrace, endings, dag) => {
  // Heard, not asked for: to read a run of 1,000 stages again and again would slow it down.
  const heard = endings.next();
  const id = await millrace.startOne(pipelineOf(dag.name));
  await heard;
  const ended = await millrace.store.run(id);
  if (ended.status !== 'succeeded') throw new Error(`${dag.name}: the run is ${ended.status}`);
  await checkOrder(millrace.store, id, dag);
  const own = new Map(ended.stages.map(({ stage, output }) => [stage, output.ms]));
  const ownTimes = dag.stages.map((stage) => ({ ...stage, ms: own.get(stage.name) }));
  return { makespan: ended.finishedAt - ended.createdAt, ownBound: listSchedule(ownTimes, SLOTS) };
};

const resultOf = ({ name, stages }, runs) => {
  const bound = listSchedule(stages, SLOTS);
  return {
    name,
    stages: stages.length,
    edges: stages.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0),
    list_schedule_ms: bound,
    makespan_ms: summary(runs.map(({ makespan }) => makespan)),
    ratio: summary(runs.map(({ makespan }) => makespan / bound)),
    ratio_to_own_times: summary(runs.map(({ makespan, ownBound }) => makespan / ownBound)),
    in_order: true,
  };
};

const tableOf = (results) => [
  ['', 'stages', 'edges', 'list schedule ms', 'makespan ms', 'ratio', 'own times', 'in order'],
  ...results.map((dag) => [dag.name, dag.stages, dag.edges, dag.list_schedule_ms, dag.makespan_ms, dag.ratio, dag.ratio_to_own_times, 'yes']),
];
