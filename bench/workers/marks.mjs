/*
 * When each body ran, on the clock that the processes of one machine share; sent when the bench asks. A worker loads
 * one pipeline file at most: each has a copy of this module.
 */
import process from 'node:process';

const marks = [];
const isKept = process.env.BENCH_MARKS === '1';

/** ms of the monotonic clock. */
export const now = () => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
};

/** A body of stage `stage` of run `run` ran now: it is over as soon as it begins. */
export const mark = (run, stage) => {
  if (isKept) marks.push([run, stage, now()]);
};

if (isKept) process.on('message', ({ kind }) => kind === 'marks' && process.send({ kind, marks }));
