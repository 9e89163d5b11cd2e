import type { Random } from '../random.ts';
import { hostileText } from '../values/texts.ts';

/** A file: one of ours, damaged, or made of what YAML allows. */
export const makeYaml = (valid: readonly string[], random: Random): string => {
  const kind = random.below(20);
  if (kind < 11) return damaged(random.pick(valid), random);
  if (kind < 17) return grammatical(random, 0);
  if (kind < 18) return enlarged(random);
  return `${random.pick(valid)}\n${grammatical(random, 0)}`;
};

const damaged = (text: string, random: Random): string => {
  let lines = text.split('\n');
  for (let n = 0; n <= random.below(4); n++) {
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    const before = lines.slice(0, at);
    const after = lines.slice(at + 1);
    switch (random.below(12)) {
      case 0:
        lines = [...before, ...after];
        break;
      case 1:
        lines = [...before, line, line, ...after];
        break;
      case 2:
        lines = [...before, ' '.repeat(random.below(8)) + line.trim(), ...after];
        break;
      case 3:
        lines = [...before, line.replace(/:.*/, () => `: ${scalar(random)}`), ...after];
        break;
      case 4:
        lines = [...before, line.replace(/[\w-]+:/, () => `${scalar(random)}:`), ...after];
        break;
      case 5:
        lines = [...before, cutAt(line, random) + hostileText(random) + line.slice(line.length / 2), ...after];
        break;
      case 6:
        lines = [...before, line.replace(': ', () => `: ${random.pick(TAGS)} `), ...after];
        break;
      case 7:
        lines = [
          ...before,
          line.replace(': ', () =>
            random.pick([': &a ', ': *a ', ': <<: ', ': | \n', ': >-\n', ': - ', ':\t', ': ? ']),
          ),
          ...after,
        ];
        break;
      case 8:
        lines = [...before, line, random.pick(LINES), ...after];
        break;
      case 9:
        lines = [...before, line.replaceAll(/\d+/g, () => random.pick(NUMBERS)), ...after];
        break;
      case 10:
        lines = before;
        break;
      default:
        lines = [...before, line, `${/^ */.exec(line)![0]}${random.pick(FIELDS)}: ${scalar(random)}`, ...after];
    }
    if (lines.length === 0) lines = [''];
  }
  return lines.join('\n');
};

const cutAt = (line: string, random: Random): string => line.slice(0, random.below(line.length + 1));

const TAGS = [
  '!!binary',
  '!!str',
  '!!int',
  '!!float',
  '!!set',
  '!!omap',
  '!!timestamp',
  '!!js/function',
  '!x',
  '!<tag:x>',
  '!!null',
  '!!merge',
  '!',
];
const NUMBERS = [
  '1e400',
  '-0',
  '0x1F',
  '0o17',
  '017',
  '1_000',
  '.inf',
  '-.inf',
  '.nan',
  '9007199254740993',
  '1e3',
  '12e',
  '+1',
  '190:20:30',
  '0b11',
  '99999999999999999999',
];
const LINES = [
  '---',
  '...',
  '--- x',
  '%YAML 1.1',
  '%TAG ! tag:x,2000:',
  '# comment',
  '? [a, b]',
  '? ? ? x',
  ': x',
  '- x',
  '\tkey: value',
  '<<: *a',
  '"',
  "'",
  '{',
  '[',
  '}',
  '&a',
  '*a',
  '@x',
  '`x',
  '\ufeff',
  '\u2028',
  '\0',
  '\x85',
];
const FIELDS = [
  'name',
  'stages',
  'params',
  'schedules',
  'depends_on',
  'run',
  'command',
  'retry',
  'timeout',
  'output',
  'when',
  'pattern',
  'default',
  'modes',
  'overlap',
  'defaults',
  '__proto__',
  'constructor',
  'queue',
  'env',
  'cwd',
  'cron',
  'type',
  'format',
  'enum',
  '$ref',
];

const scalar = (random: Random): string => {
  switch (random.below(6)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
      return `${random.pick(TAGS)} ${hostileText(random)}`;
    case 2:
      return JSON.stringify(hostileText(random));
    case 3:
      return random.pick([
        '~',
        'null',
        'yes',
        'on',
        'NO',
        '2001-01-01',
        '{}',
        '[]',
        '[[]]',
        '{a: {b: c}}',
        '*x',
        '&x y',
        '${{ params.source }}',
        '"${{ stages.a.output.b }}"',
        '^(a+)+$',
        '(?=a)',
        '\\',
      ]);
    default:
      return hostileText(random);
  }
};

/** Block and flow collections, scalars of each style, anchors and comments, to a depth. */
const grammatical = (random: Random, depth: number): string => {
  const indent = '  '.repeat(depth);
  const entries = 1 + random.below(5);
  return Array.from({ length: entries }, () => {
    const key = random.chance(0.6) ? random.pick(FIELDS) : scalar(random).replaceAll('\n', ' ');
    const anchor = random.chance(0.1) ? `&a${random.below(3)} ` : '';
    if (depth < 6 && random.chance(0.4)) return `${indent}${key}: ${anchor}\n${grammatical(random, depth + 1)}`;
    if (random.chance(0.1)) return `${indent}? ${scalar(random)}\n${indent}: ${scalar(random)}`;
    if (random.chance(0.1))
      return `${indent}${key}: ${random.pick(['|', '>', '|+', '>-', '|2'])}\n${indent}  ${hostileText(random)}\n${indent}  x`;
    if (random.chance(0.1)) return `${indent}${key}: *a${random.below(3)}`;
    if (random.chance(0.2))
      return `${indent}${key}: [${Array.from({ length: random.below(4) }, () => scalar(random)).join(', ')}]`;
    return `${indent}${key}: ${anchor}${scalar(random)}`;
  }).join('\n');
};

/** What costs time or memory when it is long; up to the limit of a file, and a little beyond. */
const enlarged = (random: Random): string => {
  const bytes = random.chance(0.2) ? random.pick([1_000_000, 1_048_000, 1_049_000]) : random.pick([20_000, 100_000]);
  const [before, piece, after] = random.pick(PIECES);
  return (
    before +
    piece.repeat(Math.max(1, Math.floor((bytes - before.length - after.length) / Buffer.byteLength(piece)))) +
    after
  );
};

const PIECES: readonly (readonly [string, string, string])[] = [
  ['', '? ', 'x'],
  ['', '- ', 'x'],
  ['', '[', ''],
  ['a: ', '{a: ', ''],
  ['name: x\nstages: ', '[', ''],
  ['a: ', '"', ''],
  ['', '\n', ''],
  ['', ' ', 'x'],
  ['', '#', ''],
  ['x: ', '&a ', 'y'],
  ['a: &a [x]\nb: [', '*a, ', ']'],
  ['', 'a: &a b\n', ''],
  ['', '!', ''],
  ['a: !', 'a', ' b'],
  ['', '%TAG ! x\n', '---\n'],
  ['', '---\n', ''],
  ['', 'x', ''],
  ['x: ', '0', ''],
  ['x: ', '1_', '1'],
  ['x: |\n', ' a\n', ''],
  ['x: "', '\\u0041', '"'],
  ['x: "', '\\x', '"'],
  ["x: '", "''", "'"],
  ['name: x\nstages:\n  a: { run: { command: [node, "', '${{', '"] } }'],
  ['name: x\nstages:\n  a: { run: { command: [node, "', '${{ params.a }}', '"] } }'],
  [
    'name: x\nparams: { type: object, properties: { a: { type: string, pattern: "',
    '(a+)+',
    '$" } } }\nstages: { a: { run: { command: [x] } } }',
  ],
  ['name: x\nstages:\n', '  ? x\n', ''],
  ['name: x\nstages:\n  a: { run: { command: [', 'x, ', 'x] } }'],
  ['name: x\nstages:\n  a: { depends_on: [', 'b, ', 'c], run: { command: [x] } }'],
  ['{', 'a: 1, ', '}'],
  ['', '\t', 'x'],
  ['', '\0', ''],
  ['', '<<: ', 'x'],
  ['? ', '[', 'x'],
  ['', '"a": ', 'x'],
];
