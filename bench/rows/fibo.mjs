/*
 * Chains of naive Fibonacci numbers, as Windmill measures orchestrators: long tasks show what a worker loses between
 * them, short ones what the orchestrator itself takes. One run at a time, split into waiting, running and handing over.
 */
import { withBare, withFlows } from '../contestants/contestants.mjs';
import { each, interleave } from '../interleave.mjs';
import { figure, quantile } from '../measure/statistics.mjs';
import { chainNames } from '../workers/work.mjs';
import { runOneByOne } from './run-one-by-one.mjs';

const CHAINS = [
  {
    key: 'long',
    pipelines: 'fibo-long',
    what: '10 x fibo(33)',
    pipeline: 'fibo_10x33',
    length: 10,
    fibo: 33,
    runs: 3,
    warmUp: 1,
  },
  {
    key: 'short',
    pipelines: 'fibo-short',
    what: '40 x fibo(10)',
    pipeline: 'fibo_40x10',
    length: 40,
    fibo: 10,
    runs: 50,
    warmUp: 10,
  },
];
/**
 * Seconds of 10 x fibo(33) in Python, as published:
 * https://www.windmill.dev/docs/misc/benchmarks/competitors/results/python
 */
const PUBLISHED = {
  Airflow: 54.7,
  Kestra: 15.8,
  Prefect: 15.5,
  Windmill: 8.3,
  Hatchet: 7.8,
  'Windmill dedicated': 7.7,
  Temporal: 7.2,
};

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const figures = {};
  const notes = [];
  for (const chain of CHAINS) {
    const counts = quick ? { ...chain, runs: 1, warmUp: 0 } : chain;
    const { results, notes: ofThese } = await interleave({
      contestants: quick ? withFlows(versions) : withBare(versions),
      rounds,
      once: ({ open }) => once(open, server, counts),
      progress: (line) => progress(`${chain.what}, ${line}`),
    });
    notes.push(...ofThese);
    for (const [key, what, means] of PARTS)
      figures[`fibo_${chain.key}_${key}_ms`] = figure(
        `${chain.what}: ${what}`,
        'ms',
        means,
        each(results, (runs) =>
          quantile(
            runs.map((run) => run[key]),
            0.5,
          ),
        ),
      );
  }
  return {
    title: 'Chains of 10 x fibo(33) and 40 x fibo(10), one run at a time: medians of a run',
    figures,
    published_seconds_10x33: PUBLISHED,
    notes: [
      ...notes,
      'published by Windmill, each peer in containers on an AWS m4.large',
      'not comparable: their fibo(33) is Python on an older core, so running alone took about 7 s; compare the share that is not running',
    ],
    table: [
      ['published, 10 x fibo(33) in Python', ...Object.keys(PUBLISHED)],
      ['s', ...Object.values(PUBLISHED)],
    ],
  };
};

const PARTS = [
  ['whole', 'whole run', 'the start is sent -> its end is heard'],
  ['waiting', 'waiting', 'the start is sent -> the first body begins'],
  ['running', 'running', 'sum of the bodies'],
  ['handing', 'handing over', 'sum from the end of each body to the beginning of the next'],
  ['ending', 'end heard', 'the last body ends -> its end is heard'],
];

const once = async (open, server, { pipelines, pipeline, length, fibo, runs, warmUp }) => {
  const stages = chainNames(length);
  const contestant = await open(server, { concurrency: 10, marks: true, pipelines, pipeline, stages, fibo });
  const all = await runOneByOne(contestant, server, { runs, warmUp, jobs: length });
  return all.map(({ sent, heard, at }) => partsOf(sent, heard, stages, at));
};

const partsOf = (sent, heard, stages, at) => {
  const end = (stage) => at(`${stage} end`);
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return {
    whole: heard - sent,
    waiting: at(stages[0]) - sent,
    running: sum(stages.map((stage) => end(stage) - at(stage))),
    handing: sum(stages.slice(1).map((stage, place) => at(stage) - end(stages[place]))),
    ending: heard - end(stages.at(-1)),
  };
};
