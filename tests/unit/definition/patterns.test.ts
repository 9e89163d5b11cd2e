import {
  checkAgainst,
  compilePipeline,
  definePipeline,
  sourceOfDefinition,
  sourceOfYaml,
  validateParams,
} from '@millrace/core/definition';
import { LIMITS, type MillraceError } from '@millrace/core/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { problemOfFormat } from '../../../packages/core/src/definition/formats.ts';
import { linearPattern } from '../../../packages/core/src/definition/linear-pattern.ts';

const problemsOf = (params: string): readonly string[] => {
  try {
    compilePipeline(sourceOfYaml(`name: p\nparams:\n${params}\nstages: { a: { command: [x] } }\n`, 'p.pipeline.yaml'));
    return [];
  } catch (error) {
    return (error as MillraceError).errors.map(({ path, message }) => `${path} ${message}`);
  }
};
const errorsOf = (schema: object, value: unknown): readonly string[] => {
  const checked = checkAgainst(schema as never, value, 'v');
  return checked.ok ? [] : checked.errors.map(({ path, message }) => `${path}: ${message}`);
};

// Each of these keeps JavaScript's own engine busy beyond the end of the world.
test.each(['^(a+)+$', '^(a|a)*$', '^(a*)*b$', '(a|aa)+$', '^([a-z]+)*[0-9]$', '(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]$'])(
  '%s is read once, whatever the text',
  (pattern) => {
    const text = `${'a'.repeat(50_000)}!`;
    expect(errorsOf({ type: 'string', pattern }, text)).toEqual(
      pattern.endsWith('[^a]$') ? [] : [`v: Invalid string: must match pattern /${pattern}/`],
    );
    expect(errorsOf({ propertyNames: { pattern } }, { [text]: 1 })).toHaveLength(pattern.endsWith('[^a]$') ? 0 : 1);
    expect(checkAgainst({ type: 'object', patternProperties: { [pattern]: false } }, { [text]: 1 }, 'v').ok).toBe(
      !pattern.endsWith('[^a]$'),
    );
  },
);

const CHARACTERS = [
  'a',
  'b',
  'A',
  '0',
  '_',
  '-',
  ' ',
  '\n',
  '\r',
  '\u00a0',
  '\u2028',
  'é',
  'Ω',
  '😀',
  '.',
  '[',
  ']',
  '/',
];
const ATOMS = [
  'a',
  'b',
  '0',
  '.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '[ab]',
  '[^a]',
  '[\\s0]',
  '[\\S]',
  '[^\\S]',
  '[\\d\\-]',
  '[[a]',
  '\\.',
  '\\/',
  '\\u00e9',
  '\\u{1F600}',
  '\\ud83d\\ude00',
  '\\x41',
  '\\n',
  '\\cM',
  '[\\b]',
  '\\p{L}',
  '\\P{Lu}',
  '\\p{Script=Greek}',
  '[^\\p{L}]',
  '\\b',
  '\\B',
  '^',
  '$',
  '(?:a|b)',
  '(a)',
  '(?<n>b|)',
  '[]',
  '[^]',
  'é',
  '😀',
  '\\-',
];
const character = fc.constantFrom(...CHARACTERS);
const atom = fc.constantFrom(...ATOMS);
const quantified = fc
  .tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,3}', '*?'))
  .map(([part, times]) => (/^(?:\^|\$|\\b|\\B)$/i.test(part) ? part : part + times));
const alternatives = fc
  .array(
    fc.array(quantified, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  )
  .map((forms) => forms.join('|'));

/**
 * Whether `pattern` matches anywhere in `text`, as ECMAScript defines it: tried at each whole character. V8's own
 * search also tries the middle of a surrogate pair, where `\B` then holds, so that /\B/u finds a place in "😀".
 */
const meansInEcmaScript = (pattern: RegExp, text: string): boolean => {
  const sticky = new RegExp(pattern.source, 'uy');
  for (let at = 0; at <= text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) {
    sticky.lastIndex = at;
    if (sticky.test(text)) return true;
  }
  return false;
};

test('a pattern means what it means in ECMAScript, of whole characters', () => {
  for (const part of ATOMS)
    for (const text of ['', ...CHARACTERS, '\u000b', '\u2029', '\ufeff', '\u0008', '\\', 'x'])
      for (const pattern of [`^(?:${part})$`, part])
        expect(linearPattern(pattern).test(text), `${pattern} on ${JSON.stringify(text)}`).toBe(
          new RegExp(pattern, pattern.includes('\\-') ? '' : 'u').test(text),
        );
  fc.assert(
    fc.property(
      alternatives,
      fc.array(character, { maxLength: 8 }).map((parts) => parts.join('')),
      (pattern, text) => {
        let native: RegExp;
        try {
          native = new RegExp(pattern, 'u');
        } catch {
          return;
        }
        expect(linearPattern(pattern).test(text), `${pattern} on ${JSON.stringify(text)}`).toBe(
          meansInEcmaScript(native, text),
        );
      },
    ),
    { numRuns: 1_000 },
  );
});

test.each([
  ['^(?=.*[0-9]).+$', /look-around "\(\?=" cannot be checked in linear time.*"allOf"/],
  ['(?<!a)b', /look-around "\(\?<!"/],
  ['^(a)\\1$', /back-reference "\\1"/],
  ['(?<n>a)\\k<n>', /back-reference "\\k<n>"/],
  ['x{1001}', /counted repetitions compile to \d+ steps|more than 1000 times/],
  ['(x{1,1000}){1,1000}', /counted repetitions.*the limit pattern_size is 2000/],
  ['((x{1,100}){1,100}){1,100}', /counted repetitions.*"maxLength"/],
  ['(((x{99}){99}){99}){99}', /counted repetitions/],
  ['a'.repeat(1_001), /it is 1001 bytes; the limit pattern_bytes is 1000/],
  ['[a', /not a regular expression/],
  ['a**', /not a regular expression/],
  ['\\p{Klingon}', /\\p\{Klingon\} is not a class that is known/],
  ['\\q', /the escape "\\q" is not known/],
])('the pattern %s is refused where it stands', (pattern, why) => {
  const quoted = JSON.stringify(pattern);
  expect(problemsOf(`  properties: { s: { pattern: ${quoted} } }`)).toEqual([
    expect.stringMatching(new RegExp(`^p\\.pipeline\\.yaml:3:\\d+ .*${why.source}`)),
  ]);
  expect(problemsOf(`  properties: { s: { patternProperties: { ${quoted}: {} } } }`)).toEqual([
    expect.stringMatching(why),
  ]);
  expect(
    problemsOf(`  properties: { s: { anyOf: [{ type: array, items: { propertyNames: { pattern: ${quoted} } } }] } }`),
  ).toEqual([expect.stringMatching(why)]);
});

test('a pattern that an older version let in fails the value, and nothing else', () => {
  const stored = {
    name: 'p',
    modes: {},
    params: { type: 'object', properties: { s: { type: 'string', pattern: '^(?!x)(a+)+$' } } },
  };
  expect(() => validateParams(stored as never, { s: 'a'.repeat(40_000) }, null)).toThrow(
    /params\.s: cannot be checked: the pattern .*look-around/,
  );
});

test('a zod definition is refused what cannot be carried, and keeps its formats', () => {
  const load = (schema: z.ZodType) =>
    compilePipeline(
      sourceOfDefinition(
        definePipeline('p', { params: z.object({ v: schema }) as never }).stage('a', { command: ['x'] }),
        null,
      ),
    );
  expect(() => load(z.string().regex(/^(?=a)/))).toThrow(/look-around/);
  expect(() => load(z.string().regex(/^a$/i))).toThrow(/the flag "i" cannot be carried/);
  const formats = [
    z.email(),
    z.url(),
    z.uuid(),
    z.uuidv4(),
    z.iso.datetime(),
    z.iso.date(),
    z.iso.time(),
    z.iso.duration(),
    z.hostname(),
    z.ipv4(),
    z.ipv6(),
  ];
  const more = [
    z.mac(),
    z.cidrv4(),
    z.cidrv6(),
    z.base64(),
    z.base64url(),
    z.e164(),
    z.iban(),
    z.jwt(),
    z.emoji(),
    z.nanoid(),
    z.cuid2(),
    z.ulid(),
    z.xid(),
    z.ksuid(),
    z.hex(),
  ];
  for (const schema of [...formats, ...more, z.string().startsWith('a.b'), z.templateLiteral(['v', z.number()])]) {
    const { pipeline } = load(schema);
    expect(() => validateParams(pipeline, { v: '\u0000' }, null)).toThrow(/params\.v: Invalid/);
  }
  const { pipeline } = load(z.hostname());
  expect(validateParams(pipeline, { v: 'a.example' }, null)).toEqual({ v: 'a.example' });
});

test('work is counted: what text, pattern and schema take together is bounded', () => {
  const costly = { type: 'string', pattern: '[ab]*a[ab]{900}[xy]' };
  expect(errorsOf(costly, 'ab'.repeat(500))).toEqual([expect.stringContaining('must match')]);
  expect(errorsOf(costly, 'ab'.repeat(30_000))).toEqual([
    expect.stringMatching(/^v: takes more than 4000000 steps.*check_steps.*60000 characters are too many.*"maxLength"/),
  ]);
  expect(errorsOf({ ...costly, maxLength: 100 }, 'ab'.repeat(30_000))).toEqual([expect.stringContaining('Too big')]);
  expect(
    errorsOf(
      { items: costly },
      Array.from({ length: 60 }, () => 'ab'.repeat(500)),
    ),
  ).toEqual([expect.stringContaining('check_steps')]);
  // Each level tries both forms of the next: 2^60 ways.
  const levels = Object.fromEntries(
    Array.from({ length: 60 }, (_, at) => [
      `l${at}`,
      { anyOf: [{ $ref: `#/$defs/l${at + 1}` }, { $ref: `#/$defs/l${at + 1}` }] },
    ]),
  );
  expect(errorsOf({ $ref: '#/$defs/l0', $defs: { ...levels, l60: { type: 'null' } } }, 5)).toEqual([
    expect.stringContaining('check_steps'),
  ]);
  const tree = {
    $ref: '#/$defs/t',
    $defs: {
      t: {
        anyOf: [
          { type: 'array', items: { $ref: '#/$defs/t' }, minItems: 9 },
          { type: 'array', items: { $ref: '#/$defs/t' } },
        ],
      },
    },
  };
  const nested = JSON.parse('['.repeat(90) + ']'.repeat(90)) as unknown;
  expect(
    errorsOf({ ...tree, $defs: { t: { oneOf: [...tree.$defs.t.anyOf, { items: { $ref: '#/$defs/t' } }] } } }, nested),
  ).toEqual([expect.stringContaining('check_steps')]);
  expect(errorsOf({ enum: Array.from({ length: 100_000 }, (_, at) => at) }, 'x')).toEqual([
    expect.stringMatching(/^v: Invalid option.{0,300}100000 in all/),
  ]);
  expect(
    errorsOf(
      { uniqueItems: true },
      Array.from({ length: 20_000 }, (_, at) => [at]),
    ),
  ).toEqual([]);
  expect(
    errorsOf({ uniqueItems: true }, [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]),
  ).toEqual([expect.stringContaining('must be unique')]);
});

test('a schema that leads back to itself for one value never ends, and is refused', () => {
  expect(
    problemsOf(
      '  properties: { s: { $ref: "#/$defs/a" } }\n  $defs: { a: { anyOf: [{ $ref: "#/$defs/b" }] }, b: { $ref: "#/$defs/a" } }',
    ),
  ).toEqual(expect.arrayContaining([expect.stringMatching(/^p\.pipeline\.yaml:\d+:\d+ .*leads back to itself/)]));
  expect(errorsOf({ $ref: '#' }, 1)).toEqual([expect.stringMatching(/never ends|check_steps/)]);
  expect(problemsOf('  properties: { s: { $ref: "#/$defs/nope" } }')).toEqual([
    expect.stringMatching(/"#\/\$defs\/nope" leads to nothing/),
  ]);
  expect(
    problemsOf(
      '  properties: { s: { $ref: "#/$defs/a" } }\n  $defs: { a: { type: array, items: { $ref: "#/$defs/a" } } }',
    ),
  ).toEqual([]);
  expect(problemsOf('  properties: { s: { minLength: "5", type: text, pattern: 5, required: a } }')).toHaveLength(4);
});

test.each([
  'email',
  'uri',
  'uuid',
  'date-time',
  'date',
  'time',
  'duration',
  'hostname',
  'ipv4',
  'ipv6',
  'cidr',
  'cidr-v6',
  'emoji',
  'e164',
  'iban',
  'credit_card',
  'mac',
])('a text longer than any %s is refused before it is looked at', (format) => {
  expect(problemOfFormat(format, 'a'.repeat(LIMITS.format_characters + 1))).toMatch(
    /the limit format_characters is 2048/,
  );
  expect(problemOfFormat(format, 'a'.repeat(LIMITS.format_characters))).not.toMatch(/format_characters/);
});

test('100 problems are listed, the rest are counted', () => {
  const checked = checkAgainst(
    { items: { type: 'string' } },
    Array.from({ length: 4_311 }, () => 1),
    'v',
  );
  expect(checked).toMatchObject({ ok: false, count: 4_311 });
  expect(checked.ok ? [] : checked.errors).toHaveLength(100);
  const closed = { name: 'p', modes: {}, params: { type: 'object', properties: { abcdef: {} } } } as never;
  const many = Object.fromEntries(Array.from({ length: 4_311 }, (_, at) => [`abcde${at}`, 1]));
  let refusal: MillraceError | null = null;
  try {
    validateParams(closed, many, null);
  } catch (error) {
    refusal = error as MillraceError;
  }
  expect(refusal).toMatchObject({ code: 'invalid_params', moreErrors: 4_211 });
  expect(refusal!.message).toMatch(/\(and 4,310 more\)$/);
  expect(refusal!.errors).toHaveLength(100);
  expect(refusal!.errors.filter(({ message }) => message.includes('did you mean')).length).toBeLessThanOrEqual(20);
});
