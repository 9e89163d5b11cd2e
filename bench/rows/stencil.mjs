/*
 * Task Bench's stencil_1d (Slaughter et al., "Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime
 * Performance", SC 2020): efficiency by grain, and the grain at which half of the core's time goes to the tasks (METG
 * at 50 %).
 */
import { endingsOf } from '../contestants/endings.mjs';
import { ofVersions } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { metg } from '../measure/metg.mjs';
import { figure } from '../measure/statistics.mjs';
import { STEPS, stencil, WIDTH } from '../workers/stencil.mjs';
import { checkOrder } from './check-order.mjs';

const GRAINS_US = [4_000, 2_000, 1_000, 500, 250, 125, 62];
const DAG = { name: 'stencil', stages: stencil() };
const TASKS = DAG.stages.length;

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const grains = quick ? [1_000, 62] : GRAINS_US;
  const { results, notes } = await interleave({
    contestants: ofVersions(versions),
    rounds,
    once: ({ open }) => once(open, server, grains),
    progress,
  });
  const efficiency = 'work of all tasks on an idle core / what the run took';
  const figures = Object.fromEntries(
    grains.map((grain) => [
      `stencil_efficiency_${grain}_us`,
      figure(
        `efficiency at ${grain / 1_000} ms`,
        '%',
        efficiency,
        each(results, (points) => 100 * points.get(grain)),
      ),
    ]),
  );
  const finest = grains.at(-1);
  figures['stencil_overhead_us_per_stage'] = figure(
    'overhead',
    'us/stage',
    `what the run took beyond its work, at ${finest / 1_000} ms a task`,
    each(results, (points) => finest / points.get(finest) - finest),
  );
  figures['stencil_metg_50_ms'] = figure(
    'METG at 50 %',
    'ms',
    'the grain at which the efficiency is 50 %, interpolated; less is better',
    each(
      results,
      (points) => metg([...points].map(([grain, value]) => ({ grain: grain / 1_000, efficiency: value }))) ?? NaN,
    ),
  );
  return {
    title: `Task Bench stencil_1d: ${WIDTH} wide, ${STEPS} steps, ${WIDTH} slots in one worker process (one core)`,
    width: WIDTH,
    steps: STEPS,
    in_order: true,
    figures,
    notes: [
      ...notes,
      'read from the event log: every task started after its neighbours of the step before had succeeded',
      'published (SC 2020, up to 256 nodes): at scale no system was efficient below 100 us a task; most of those are runtimes that keep their state in memory',
    ],
  };
};

/** The efficiency at each grain. */
const once = async (open, server, grains) => {
  const millrace = await open(server, { concurrency: WIDTH, pipelines: 'stencil' });
  const endings = await endingsOf(millrace, server);
  const points = new Map();
  try {
    // The first body measures how fast the core is.
    await run(millrace, endings, grains.at(-1));
    for (const grain of grains) points.set(grain, (TASKS * grain) / 1_000 / (await run(millrace, endings, grain)));
    return points;
  } finally {
    await endings.close();
    await millrace.close();
  }
};

/** How long it took, ms. */
const run = async (millrace, endings, grainUs) => {
  const heard = endings.next();
  const id = await millrace.startOne('stencil', { grain_us: grainUs });
  await heard;
  const { status, createdAt, finishedAt } = await millrace.store.run(id);
  if (status !== 'succeeded') throw new Error(`the stencil's run is ${status}`);
  await checkOrder(millrace.store, id, DAG);
  return finishedAt - createdAt;
};
