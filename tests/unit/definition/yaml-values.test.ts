import { expect, test } from 'vitest';
import { fromYaml, problemsOf } from './definition-fixture.ts';

const stages = 'stages: { a: { command: [x] } }';
const withDefault = (value: string) =>
  problemsOf(() => fromYaml(`name: p\nparams: { type: object, properties: { v: { default: ${value} } } }\n${stages}`));

test.each(['9007199254740993', '1e400', '.nan', '-.inf', '0xffffffffffffffff'])(
  'the number %s is refused where it stands',
  (value) => {
    expect(withDefault(value)).toEqual([
      expect.stringMatching(/^p\.pipeline\.yaml:2:\d+ .* cannot be kept exactly: send it as a text, in quotes$/),
    ]);
  },
);

test.each(['9007199254740991', '1.10', '+5', '-0.5', '.5', '5.', '0xff', '1e20'])('the number %s is taken', (value) => {
  expect(withDefault(value)).toEqual([]);
});

test.each([
  ['!!binary "aGk="', /!!binary/],
  ['!mine x', /tag/],
  ['{ __proto__: 1 }', /the key "__proto__"/],
  ['{ a: &k __proto__, *k : 1 }', /the key "__proto__"/],
])('%s is refused', (value, says) => {
  expect(withDefault(value)).toEqual(expect.arrayContaining([expect.stringMatching(says)]));
});

test('a text is taken whatever name it has elsewhere', () => {
  expect(withDefault('__proto__')).toEqual([]);
  expect(fromYaml(`name: p\ndescription: __proto__\n${stages}`).description).toBe('__proto__');
});

test('a merge key works as in YAML 1.1: what stands in the map wins', () => {
  const { stages: made } = fromYaml(
    'name: p\nstages:\n  a: &base { command: [x], timeout: 5s }\n  b: { <<: *base, command: [y] }',
  );
  expect(made.map(({ handler, timeouts }) => [handler, timeouts.attempt])).toEqual([
    [{ kind: 'command', command: ['x'], env: {}, cwd: null }, 5_000],
    [{ kind: 'command', command: ['y'], env: {}, cwd: null }, 5_000],
  ]);
});
