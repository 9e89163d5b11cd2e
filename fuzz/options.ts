import { parseArgs } from 'node:util';
import type { FuzzOptions } from './fuzz.ts';

export const HELP = `npm run fuzz -- [options]

Starts a deployment of its own (Redis, API, worker, scheduler), sends it what nobody should, and counts answers of 500 and more, answers
that are not as openapi.json says, crashes, hangs, stalls above 200 ms (seen from a process of its own, beside a server that does nothing),
memory and sockets that stay, secrets and what a terminal would obey. Exit code 1 when there was any.

  --seed <n>       the same seed makes the same cases (default: by the clock)
  --requests <n>   requests made from openapi.json, whole and broken (2000)
  --frames <n>     frames of live sockets, and long polls (400)
  --yaml <n>       YAML definitions (500)
  --commands <n>   command lines (100)
  --only <case>    one case as a finding names it: requests:1234, frames:12, yaml:5, commands:77
  --lanes <n>      requests and sockets at a time (20)
  --json           the result as JSON on stdout
`;

export class UsageError extends Error {}

export interface ReadOptions extends Omit<FuzzOptions, 'tell'> {
  readonly json: boolean;
  readonly help: boolean;
}

/** @throws UsageError */
export const readOptions = (args: readonly string[]): ReadOptions => {
  const values = parsed(args);
  const count = (name: 'requests' | 'frames' | 'yaml' | 'commands' | 'seed' | 'lanes', fallback: number): number => {
    const text = values[name];
    if (text === undefined) return fallback;
    if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} is a whole number, not "${text}"`);
    return Number(text);
  };
  return {
    seed: count('seed', Date.now() % 1_000_000),
    requests: count('requests', 2_000),
    frames: count('frames', 400),
    yaml: count('yaml', 500),
    commands: count('commands', 100),
    lanes: Math.max(1, count('lanes', 20)),
    only: values.only === undefined ? null : readCase(values.only),
    json: values.json === true,
    help: values.help === true,
  };
};

const parsed = (args: readonly string[]) => {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: text,
        requests: text,
        frames: text,
        yaml: text,
        commands: text,
        only: text,
        lanes: text,
        json: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const readCase = (text: string): NonNullable<FuzzOptions['only']> => {
  const [, kind, number] = /^(requests|frames|yaml|commands):(\d{1,9})$/.exec(text) ?? [];
  if (kind === undefined) throw new UsageError(`--only takes a case such as requests:1234, not "${text}"`);
  return { kind: kind as NonNullable<FuzzOptions['only']>['kind'], number: Number(number) };
};
