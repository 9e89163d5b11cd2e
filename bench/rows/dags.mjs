/*
 * Row 5: DAGs on one worker: does every stage wait for its dependencies, and how long does the whole take beside a list
 * schedule on as many slots? Bare BullMQ has no DAG: its flows are trees.
 */
import { rmSync } from 'node:fs';
import { endingsOf } from '../contestants/endings.mjs';
import { ofVersions } from '../contestants/contestants.mjs';
import { INSTANCES, ownDags, realDags } from '../dags.mjs';
import { each, interleave } from '../interleave.mjs';
import { listSchedule } from '../list-schedule.mjs';
import { figure, summary } from '../measure/statistics.mjs';
import { pipelineOf, writePipelines } from '../write-pipelines.mjs';
import { checkOrder } from './check-order.mjs';

const SLOTS = 50;

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const real = realDags();
  const dags = [...ownDags(), ...(real ?? [])].filter(({ stages }) => !quick || stages.length < 50);
  const { results, notes: ofVersionsNotes } = await interleave({
    contestants: ofVersions(versions).map((contestant, place) => ({ ...contestant, bench: versions[place].bench })),
    rounds,
    once: ({ open, bench }) => once(open, server, dags, bench),
    progress,
  });
  const lines = dags.map((dag) =>
    resultOf(
      dag,
      each(results, (runs) => runs[dag.name]),
    ),
  );
  const notes = [
    ...ofVersionsNotes,
    'list schedule: critical path first, nothing but the stages takes time',
    'ratio: makespan / list schedule of the nominal times; own times: of the times that the bodies really took (timers are late on a busy machine)',
    'in order: read from the event log: every stage started after all of its dependencies had succeeded',
    ...(real === null ? [`the real DAGs are not there: ${INSTANCES}`] : []),
  ];
  return {
    title: `DAGs: stages that wait, ${SLOTS} slots in one worker process, ${rounds} runs each`,
    slots: SLOTS,
    real: real !== null,
    dags: lines,
    table: tableOf(lines),
    notes,
  };
};

/** Each DAG once: what `run` answers, by its name. */
const once = async (open, server, dags, bench) => {
  const folder = writePipelines(dags, bench);
  const millrace = await open(server, { concurrency: SLOTS, pipelines: folder });
  const endings = await endingsOf(millrace, server);
  const runs = {};
  try {
    await run(millrace, endings, dags[0]);
    for (const dag of dags) runs[dag.name] = await run(millrace, endings, dag);
    return runs;
  } finally {
    await endings.close();
    await millrace.close();
    rmSync(folder, { recursive: true });
  }
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

/** `rounds`: what `run` answered by contestant. */
const resultOf = ({ name, stages }, rounds) => {
  const bound = listSchedule(stages, SLOTS);
  const { before, ratio_to_before: toBefore } = figure(
    name,
    'ms',
    'makespan',
    each(rounds, ({ makespan }) => makespan),
  );
  const runs = rounds.map(({ millrace }) => millrace);
  return {
    name,
    stages: stages.length,
    edges: stages.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0),
    list_schedule_ms: bound,
    before_makespan_ms: before,
    makespan_ms: summary(runs.map(({ makespan }) => makespan)),
    ratio_to_before: toBefore,
    ratio: summary(runs.map(({ makespan }) => makespan / bound)),
    ratio_to_own_times: summary(runs.map(({ makespan, ownBound }) => makespan / ownBound)),
    in_order: true,
  };
};

const tableOf = (lines) => [
  [
    '',
    'stages',
    'edges',
    'list schedule ms',
    'before ms',
    'makespan ms',
    'to before',
    'ratio',
    'own times',
    'in order',
  ],
  ...lines.map((dag) => [
    dag.name,
    dag.stages,
    dag.edges,
    dag.list_schedule_ms,
    dag.before_makespan_ms,
    dag.makespan_ms,
    dag.ratio_to_before,
    dag.ratio,
    dag.ratio_to_own_times,
    'yes',
  ]),
];
