import { compilePipeline, sourceOfYaml } from '@millrace/core/definition';
import type { MillraceError } from '@millrace/core/domain';
import { expect, test } from 'vitest';

const HEAD = 'name: p\nstages: { a: { command: [x] } }\n';
const filled = (text: string, bytes = 400_000): string => text.repeat(Math.floor(bytes / Buffer.byteLength(text)));
const list = (length: number, item: (at: number) => string, separator = ','): string =>
  Array.from({ length }, (_, at) => item(at)).join(separator);

const refusalOf = (text: string): MillraceError => {
  try {
    compilePipeline(sourceOfYaml(text, 'p.pipeline.yaml'));
  } catch (error) {
    return error as MillraceError;
  }
  throw new Error('it was taken');
};

// Each of these took from seconds to for ever, or gigabytes: the timeout of a test reveals it.
test.each([
  [
    'items',
    `${HEAD}x: [${filled('1,')}]`,
    /^p\.pipeline\.yaml:3:\d+: the YAML has more than 300000 parts \(the limit yaml_tokens\)/,
  ],
  ['line ends', HEAD + filled('\n'), /yaml_tokens/],
  ['explicit keys', HEAD + filled('? '), /json_depth/],
  [
    'escapes that are none',
    `${HEAD}x: "${filled('\\q')}"`,
    /^p\.pipeline\.yaml:3:4: the text has more than 1000 invalid escapes/,
  ],
  ['unknown aliases', `${HEAD}x: [${filled('*b,', 50_000)}]`, /no anchor "&b"/],
  ['errors in one line', `${HEAD}x: [${filled('"a" b,', 100_000)}]`, /^p\.pipeline\.yaml:3:/],
  ['directives', `${filled('%FOO bar\n')}---\n${HEAD}`, /more than 10 lines begin with "%"/],
  [
    'aliases of a wide map',
    `${HEAD}a: &a {${list(9_000, (at) => `k${at}: 1`)}}\nb: [${list(90, () => '*a')}]`,
    /^p\.pipeline\.yaml:4:5: its aliases repeat \d+ parts of it; the limit yaml_tokens/,
  ],
  [
    'uses of an anchor',
    `${HEAD}a: &a [x]\nb: [${list(130, () => '*a')}]`,
    /^p\.pipeline\.yaml:4:5: its aliases repeat its anchors more than 100 times/,
  ],
  [
    'merges of a wide map',
    `${HEAD}a: &a {${list(9_000, (at) => `k${at}: 1`)}}\nb:\n${list(95, (at) => `  m${at}: {<<: *a}`, '\n')}`,
    /its aliases repeat/,
  ],
  ['control characters', `${HEAD}x: ${filled('\u0001')}`, /control character U\+0001/],
  ['a number of zeros', `${HEAD}x: 1.${filled('0')}1`, /cannot be kept exactly/],
  [
    'unknown params',
    `name: p\nparams: { properties: {${list(9_000, (at) => `p${at}: {}`)}} }\nstages:\n${list(6_000, (at) => `  s${at}: { command: [x, '\${{ params.q${at} }}'] }`, '\n')}`,
    /there is no such param/,
  ],
  [
    'patterns',
    `name: p\nparams: { properties: {${list(3_000, (at) => `k${at}: { pattern: 'x{1,900}y${at}' }`)}} }\n${HEAD.slice(8)}`,
    /patterns of the definition.*the limit patterns_size/,
  ],
  [
    'references',
    `name: p\nparams: { properties: { a: { $ref: '#/$defs/d0' } }, $defs: {${list(4_000, (at) => `d${at}: { $ref: '#/$defs/d${at + 1}' }`)}, d4000: {} } }\n${HEAD.slice(8)}`,
    /leads back to itself, or through more than 200/,
  ],
  [
    'defaults',
    `name: p\nparams: { properties: {${list(300, (at) => `k${at}: { pattern: '[ab]*a[ab]{800}[xy]', default: ${'ab'.repeat(500)} }`)}} }\n${HEAD.slice(8)}`,
    /the limit check_steps|must match/,
  ],
  [
    'a cycle',
    `name: p\nstages:\n${list(3_000, (at) => `  s${at}: { command: [x], depends_on: [s${(at + 1) % 3_000}] }`, '\n')}`,
    /^.{0,400}$/,
  ],
])('a file full of %s is refused in no time', (_what, text, why) => {
  const refusal = refusalOf(text);
  expect(refusal.code).toBe('invalid_definition');
  expect(refusal.message).toMatch(why);
  expect(refusal.errors.length).toBeLessThanOrEqual(100);
});

test('problems are counted beyond those that are listed', () => {
  const refusal = refusalOf(`name: p\nstages:\n${list(500, (at) => `  s${at}: { comand: [x] }`, '\n')}\n`);
  expect([refusal.errors.length, refusal.moreErrors]).toEqual([100, 900]);
  expect(refusal.message).toMatch(/\(and 999 more\)$/);
  expect(refusalOf(`${HEAD}x:\n${list(3_000, () => '- *b', '\n')}`).errorCount).toBe(3_000);
});
