/* The command line of the bench. */
import { parseArgs } from 'node:util';
import { isBuilt } from './contestants/versions.mjs';

const ROWS = {
  throughput: 'chains of three no-op stages, as many as go through one worker process',
  'round-trips': 'what a worker asks of Redis per stage',
  idle: 'latencies of one chain at a time, and of an event to a socket.io client',
  backlog: '100,000 queued runs beside 1,000; bytes of a run in Redis',
  dags: 'real DAGs beside a list schedule',
  join: 'A -> 100 -> join, one at a time',
  'worst-script': 'how long one script holds Redis',
  'http-starts': 'starts over HTTP on 64 connections',
  'seen-runs': 'three no-op steps as an HTTP and socket client sees them',
  'open-loop': '100, 500 and 2,000 starts a second over HTTP',
  fibo: 'chains of 10 x fibo(33) and 40 x fibo(10): waiting, running, handing over',
  shapes: 'a chain of 100 stages, and a fan-out of 256: overhead per stage',
  stencil: "Task Bench's stencil_1d: efficiency by grain, METG at 50 %",
  sockets: '1,000 socket.io clients on 100 events a second',
};

export const ROW_NAMES = Object.keys(ROWS);

export const HELP = `npm run bench -- [options]: how fast Millrace is on this machine, beside bare BullMQ and an earlier version

  --only <row>     one row (repeatable; default: every row)
  --before <dir>   a built checkout of an earlier version: takes turns with this one in every row
  --rounds <n>     interleaved rounds (3); backlog and open-loop take one
  --seconds <n>    how long open-loop sends at each rate (60; 20 when every row runs)
  --quick          small counts: shows that it runs, measures nothing
  --json           one JSON document instead of the tables
  --help           this text

Rows:
${Object.entries(ROWS)
  .map(([name, what]) => `  ${name.padEnd(16)} ${what}`)
  .join('\n')}
`;

export class UsageError extends Error {}

export const readOptions = (args) => {
  const { values } = parsed(args);
  const only = values.only ?? ROW_NAMES;
  const unknown = only.find((name) => !ROW_NAMES.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no row "${unknown}"; the rows are ${ROW_NAMES.join(', ')}`);
  return {
    help: values.help === true,
    json: values.json === true,
    quick: values.quick === true,
    rows: ROW_NAMES.filter((name) => only.includes(name)),
    rounds: wholeNumber('rounds', values.rounds, 999) ?? (values.quick ? 1 : 3),
    before: beforeOf(values),
    seconds: wholeNumber('seconds', values.seconds, 3_600) ?? secondsOf(values),
  };
};

const parsed = (args) => {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean' },
        json: { type: 'boolean' },
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        rounds: { type: 'string' },
        before: { type: 'string' },
        seconds: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
};

const secondsOf = ({ quick, only }) => {
  if (quick) return 2;
  return only ? 60 : 20;
};

/** null: not given. */
const wholeNumber = (name, text, most) => {
  if (text === undefined) return null;
  const number = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Infinity;
  if (number > most) throw new UsageError(`--${name} is a whole number from 1 to ${most}, not "${text}"`);
  return number;
};

const beforeOf = ({ before = null }) => {
  if (before === null || isBuilt(before)) return before;
  throw new UsageError(`--before is the folder of a checkout that is built, with its node_modules; "${before}" is not`);
};
