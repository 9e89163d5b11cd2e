/*
 * A chain of 100 no-op stages and a fan-out of 256 with its join, one run at a time: what the orchestrator adds to each
 * stage.
 */
import { fanOutFlows } from '../contestants/bare-fan-out.mjs';
import { ofVersions, withBare, withFlows } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { figure, quantile } from '../measure/statistics.mjs';
import { chainNames } from '../workers/work.mjs';
import { runOneByOne } from './run-one-by-one.mjs';

const LENGTH = 100;
const WIDTH = 256;
const CHAIN_SLOTS = 10;
const FAN_OUT_SLOTS = 100;

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const counts = quick ? { runs: 2, warmUp: 0 } : { runs: 30, warmUp: 5 };
  const stages = chainNames(LENGTH);
  const chain = await interleave({
    contestants: quick ? withFlows(versions) : withBare(versions),
    rounds,
    once: async ({ open }) => {
      const options = {
        concurrency: CHAIN_SLOTS,
        marks: true,
        pipelines: `chain-${LENGTH}`,
        pipeline: `chain_${LENGTH}`,
        stages,
      };
      return chainTimes(await runOneByOne(await open(server, options), server, { ...counts, jobs: LENGTH }), stages);
    },
    progress: (line) => progress(`chain, ${line}`),
  });
  const fanOut = await interleave({
    contestants: [...ofVersions(versions), fanOutFlows(WIDTH)],
    rounds,
    once: async ({ open }) => {
      const options = {
        concurrency: FAN_OUT_SLOTS,
        marks: true,
        pipelines: `fan-out-${WIDTH}`,
        pipeline: `fan_out_${WIDTH}`,
      };
      return fanOutTimes(await runOneByOne(await open(server, options), server, { ...counts, jobs: WIDTH + 2 }));
    },
    progress: (line) => progress(`fan-out, ${line}`),
  });
  const figuresOf = (shape, results, measured) =>
    measured.map(([key, what, unit, means]) => [
      `${shape}_${key}`,
      figure(
        `${shape === 'chain' ? 'chain' : 'fan-out'}: ${what}`,
        unit,
        means,
        each(results, (times) => quantile(times[key], 0.5)),
      ),
    ]);
  return {
    title:
      `A chain of ${LENGTH} (${CHAIN_SLOTS} slots) and a fan-out of ${WIDTH} with its join (${FAN_OUT_SLOTS} slots), ` +
      `no-op stages: medians of ${counts.runs} runs a round, one at a time`,
    ...counts,
    notes: [...chain.notes, ...fanOut.notes],
    figures: Object.fromEntries([
      ...figuresOf('chain', chain.results, CHAIN),
      ...figuresOf('fan_out', fanOut.results, FAN_OUT),
    ]),
  };
};

const FIRST = ['first', 'start -> first body', 'ms', 'the start is sent -> the first body runs'];
const PER_STAGE = ['per_stage', 'overhead', 'ms/stage', 'the start is sent -> its end is heard, divided by the stages'];
const CHAIN = [FIRST, ['step', 'step to step', 'ms', 'end of a body -> the next body runs'], PER_STAGE];
const FAN_OUT = [
  FIRST,
  ['first_part', 'to first part', 'ms', 'the first body ends -> the first of the parts runs'],
  ['last_part', 'to last part', 'ms', 'the first body ends -> the last of the parts runs'],
  ['join', 'last part -> join', 'ms', 'the last of the parts runs -> the join runs'],
  PER_STAGE,
];

const chainTimes = (runs, stages) => ({
  first: runs.map(({ sent, at }) => at(stages[0]) - sent),
  step: runs.flatMap(({ at }) => stages.slice(1).map((stage, place) => at(stage) - at(`${stages[place]} end`))),
  per_stage: runs.map(({ sent, heard }) => (heard - sent) / LENGTH),
});

const fanOutTimes = (runs) => {
  const times = { first: [], first_part: [], last_part: [], join: [], per_stage: [] };
  for (const { sent, heard, at } of runs) {
    const parts = Array.from({ length: WIDTH }, (_, n) => at(`part_${n}`));
    const last = Math.max(...parts);
    times.first.push(at('a') - sent);
    times.first_part.push(Math.min(...parts) - at('a'));
    times.last_part.push(last - at('a'));
    times.join.push(at('join') - last);
    times.per_stage.push((heard - sent) / (WIDTH + 2));
  }
  return times;
};
