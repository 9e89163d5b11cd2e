import { type Known, knownValue } from '../known.ts';
import type { Random } from '../random.ts';
import { writeJson, hostileJson } from '../values/json.ts';
import { hostileText } from '../values/texts.ts';

/** One command, as the program describes itself. */
export interface CommandShape {
  /** Empty: the program. */
  readonly path: readonly string[];
  readonly options: readonly { readonly name: string; readonly short: string | null; readonly takesValue: boolean }[];
  /** Names of its arguments. */
  readonly words: readonly string[];
  readonly leads: boolean;
}

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a shell saw. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Those that run until they are stopped: they have tests of their own. */
const PROCESSES = new Set(['api', 'worker', 'scheduler']);

export const makeCommandLine = (
  shapes: readonly CommandShape[],
  known: Known,
  url: string,
  random: Random,
): CommandLine => {
  const shape = random.pick(shapes.filter(({ path }) => !PROCESSES.has(path[0] ?? '')));
  const wrong = random.pick([0, 0.1, 0.4]);
  const words = shape.words.flatMap((word) => (random.chance(wrong / 2) ? [] : [wordOf(word, known, random, wrong)]));
  const options = shape.options
    .filter(({ name }) => !['--help', '--version', '--url', '--token'].includes(name) && random.chance(0.3))
    .flatMap((option) => optionOf(option, known, random, wrong));
  const odd = random.chance(wrong) ? [random.pick(ODD)] : [];
  const extra = random.chance(wrong / 2) ? [hostileText(random)] : [];
  const args = [
    ...misspelt(shape.path, random, wrong),
    ...shuffled(
      [...words.map((word) => [word]), ...options, ...[...odd, ...extra].map((word) => [word])],
      random,
    ).flat(),
    ...keptFrom(shape),
  ];
  return { args, env: { MILLRACE_URL: url, MILLRACE_TOKEN: known.token, ...oddEnvironment(random, wrong) } };
};

/** What would start a deployment or a browser is told not to. */
const keptFrom = ({ path: [first] }: CommandShape): readonly string[] =>
  first === 'up' || first === 'dev' ? ['--workers', 'none'] : first === 'open' ? ['--print'] : [];

const wordOf = (name: string, known: Known, random: Random, wrong: number): string => {
  if (random.chance(wrong)) return hostileText(random);
  const run = (): string => (random.chance(0.04) ? known.live : random.pick(known.ended));
  switch (name) {
    case 'run':
      return random.pick([run(), run(), run().slice(-8), run().slice(0, 13), '@last', 'plain@last', '@nothing']);
    case 'what':
      return random.pick([run(), random.pick(known.pipelines)]);
    case 'id':
      return random.pick(known.schedules);
    case 'files':
      return random.pick([
        'pipelines',
        '../plain.pipeline.mjs',
        '../*.yaml',
        '/nowhere',
        '.',
        '**',
        '../commands.pipeline.yaml',
      ]);
    case 'topic':
      return random.pick(['redis', 'x']);
    case 'command':
      return random.pick(['run', 'schedule', 'x']);
    default:
      return knownValue(known, name, random) ?? random.pick(['x', 'data.csv', 'a b.txt']);
  }
};

const optionOf = (
  { name, short, takesValue }: CommandShape['options'][number],
  known: Known,
  random: Random,
  wrong: number,
): readonly (readonly string[])[] => {
  const given = short !== null && random.chance(0.3) ? short : name;
  // Most of what follows runs is of runs that have ended.
  if (!takesValue) return [random.chance(wrong / 4) ? [`${given}=${hostileText(random)}`] : [given]];
  if (random.chance(wrong / 4)) return [[given]];
  const value = random.chance(wrong) ? hostileText(random) : optionValue(name, known, random);
  const words = random.chance(0.3) && given.startsWith('--') ? [`${given}=${value}`] : [given, value];
  return random.chance(wrong / 3) ? [words, words] : [words];
};

const optionValue = (name: string, known: Known, random: Random): string => {
  switch (name) {
    case '--param':
    case '--label':
      return random.pick([
        'source=stocks',
        'rows=3',
        'rows=x',
        `any=${writeJson(hostileJson(random)).slice(0, 30_000)}`,
        'constructor=1',
        '=',
        'x',
        'source=',
      ]);
    case '--stage':
      return random.pick(known.stages);
    case '--pipeline':
      return random.pick(known.pipelines);
    case '--status':
      return random.pick(['succeeded', 'failed', 'running', 'x']);
    case '--cron':
      return random.pick(['*/5 * * * *', '0 0 31 2 *', '* * *']);
    case '--timezone':
      return random.pick(['UTC', 'Europe/Berlin', 'BST']);
    case '--since':
    case '--until':
      return random.pick(['2026-01-01', '1h', '2026-02-31', 'x']);
    default:
      return random.pick(['1', '5', '0', '-1', '1e9', '1.5', 'x', '', '9007199254740993', '1h', 'out', '/dev/null']);
  }
};

const ODD = [
  '--',
  '-',
  '--=',
  '=',
  '---',
  '-abc',
  '--no-such',
  '--no-json',
  '--json=false',
  '-p',
  '-pa=1',
  '--param',
  '--help',
  '-h',
  '--version',
  '-V',
  'help',
  '',
  ' ',
  '--url',
  '--url=ftp://x',
  '--url=http://127.0.0.1:1',
  '--url=http://[::1',
  '--url=http://a@b:99999',
  '--token',
  '--token=wrong',
  '--utc',
];

const misspelt = (path: readonly string[], random: Random, wrong: number): readonly string[] =>
  path.map((word) =>
    random.chance(wrong / 6)
      ? random.pick([word.slice(1), word.toUpperCase(), `${word}s`, `--${word}`, hostileText(random)])
      : word,
  );

const oddEnvironment = (random: Random, wrong: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    VARIABLES.filter(() => random.chance(wrong / 12)).map((name) => [
      name,
      withoutNul(
        random.chance(0.4)
          ? hostileText(random)
          : random.pick(['', '0', 'x', '-1', '/nowhere', 'redis://x:y@z:99999/q']),
      ),
    ]),
  );

const VARIABLES = [
  'MILLRACE_URL',
  'MILLRACE_TOKEN',
  'MILLRACE_DATA_DIR',
  'MILLRACE_PORT',
  'MILLRACE_HOST',
  'MILLRACE_PIPELINES',
  'MILLRACE_PREFIX',
  'MILLRACE_LEASE_MS',
  'MILLRACE_NOBODY_KNOWS',
  'REDIS_URL',
  'LOG_LEVEL',
  'NO_COLOR',
  'FORCE_COLOR',
  'TZ',
  'LANG',
  'TERM',
  'COLUMNS',
];

const withoutNul = (text: string): string => text.replaceAll('\0', '');

const shuffled = (
  parts: readonly (readonly string[] | readonly (readonly string[])[])[],
  random: Random,
): readonly (readonly string[])[] => {
  const flat = parts.flatMap((part) =>
    Array.isArray(part[0]) ? (part as readonly (readonly string[])[]) : [part as readonly string[]],
  );
  return flat
    .map((part) => ({ part, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ part }) => part);
};
