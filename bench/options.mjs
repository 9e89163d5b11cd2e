/* The command line of the bench. */
import { parseArgs } from 'node:util';

export const ROW_NAMES = ['throughput', 'round-trips', 'idle', 'backlog', 'dags', 'join', 'worst-script', 'http-starts', 'seen-runs', 'open-loop'];

export class UsageError extends Error {}

export const readOptions = (args) => {
  const { values } = parsed(args);
  const only = values.only ?? ROW_NAMES;
  const unknown = only.find((name) => !ROW_NAMES.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no row "${unknown}"; the rows are ${ROW_NAMES.join(', ')}`);
  return {
    json: values.json === true,
    quick: values.quick === true,
    rows: ROW_NAMES.filter((name) => only.includes(name)),
    rounds: roundsOf(values),
    before: values.before ?? null,
  };
};

const parsed = (args) => {
  try {
    return parseArgs({
      args,
      options: {
        json: { type: 'boolean' },
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        rounds: { type: 'string' },
        before: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
};

const roundsOf = ({ rounds, quick }) => {
  if (rounds === undefined) return quick ? 1 : 3;
  if (!/^[1-9]\d{0,2}$/.test(rounds)) throw new UsageError(`--rounds is a whole number from 1 to 999, not "${rounds}"`);
  return Number(rounds);
};
