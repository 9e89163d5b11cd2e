import { checkAgainst, compilePipeline, sourceOfYaml, validateParams } from '@millrace/core/definition';
import type { MillraceError } from '@millrace/core/domain';
import { expect, test } from 'vitest';

const compiled = (params: string) =>
  compilePipeline(sourceOfYaml(`name: p\nparams:\n${params}\nstages: { a: { command: [x] } }\n`, 'p.pipeline.yaml'))
    .pipeline;
const problemsOf = (params: string): readonly string[] => {
  try {
    compiled(params);
    return [];
  } catch (error) {
    return (error as MillraceError).errors.map(({ path, message }) => `${path} ${message}`);
  }
};

test.each([
  ['  properties: { n: { type: integer, default: five } }', /^p\.pipeline\.yaml:3:\d+ .*"five".*does not fit/],
  ['  properties: { level: { enum: [low, high], default: medium } }', /"medium"/],
  ['  properties: { pct: { type: number, maximum: 100, default: 250 } }', /250/],
  ['  properties: { tags: { type: array, items: { type: string }, default: [1, 2] } }', /\[1,2\].* at 0/],
  ['  properties: { v: { type: string, default: 3.10 } }', /3\.1.*put it in quotes/],
  [
    '  properties: { o: { type: object, properties: { x: { type: string, default: 5 } } } }',
    /^p\.pipeline\.yaml:3:\d+ .*5 does not fit/,
  ],
  [
    '  properties: { r: { $ref: "#/$defs/small", default: 9 } }\n  $defs: { small: { type: integer, maximum: 3 } }',
    /9 does not fit/,
  ],
])('a default that does not fit its own schema is refused at its place: %s', (params, expected) => {
  expect(problemsOf(params)).toEqual([expect.stringMatching(expected)]);
});

test('defaults inside a default are applied, and names inside are as strict as those at the top', () => {
  const pipeline = compiled(
    '  properties: { o: { type: object, properties: { x: { type: string, default: hi }, in: { type: object, default: {}, properties: { y: { default: 1 } } } }, default: {} }, free: { type: object } }',
  );
  expect(validateParams(pipeline, {}, null)).toEqual({ o: { x: 'hi', in: { y: 1 } } });
  expect(validateParams(pipeline, { o: { x: 'a' }, free: { any: 1 } }, null)).toEqual({
    o: { x: 'a', in: { y: 1 } },
    free: { any: 1 },
  });
  expect(() => validateParams(pipeline, { o: { z: 1 } }, null)).toThrow(/z/);
  expect(() => validateParams(pipeline, { o: { in: { q: 1 } } }, null)).toThrow(/q/);
});

test('params of modes and schedules, and defaults, are as strict inside as those of a run', () => {
  const params =
    '  properties: { o: { type: object, properties: { x: { type: string } } }, r: { $ref: "#/$defs/r" } }\n  $defs: { r: { type: object, properties: { y: {} } } }';
  const withPart = (part: string) => problemsOf(`${params}\n${part}`);
  expect(withPart('modes: { m: { params: { o: { z: 1 } } } }')).toEqual([
    expect.stringMatching(/^p\.pipeline\.yaml:5:\d+ params\.o\.z: there is no such name/),
  ]);
  expect(withPart('modes: { m: { params: { r: { z: 1 } } } }')).toEqual([
    expect.stringMatching(/params\.r\.z: there is no such name/),
  ]);
  expect(withPart('schedules: [{ every: 1h, params: { o: { z: 1 } } }]')).toEqual([
    expect.stringMatching(/params\.o\.z: there is no such name/),
  ]);
  expect(withPart('modes: { m: { params: { o: { x: a }, r: { y: 1 } } } }')).toEqual([]);
  expect(problemsOf('  properties: { o: { type: object, properties: { x: {} }, default: { z: 1 } } }')).toEqual([
    expect.stringMatching(/the default \{"z":1\} does not fit its own schema at z: there is no such name/),
  ]);
});

test('a keyword for one kind of value lets every other kind pass', () => {
  expect(checkAgainst({ minLength: 3 }, 5, 'v')).toEqual({ ok: true, value: 5 });
  expect(checkAgainst({ minLength: 3 }, 'ab', 'v').ok).toBe(false);
  expect(checkAgainst({ minimum: 3 }, 'ab', 'v').ok).toBe(true);
  expect(checkAgainst({ properties: { a: { minLength: 2 } } }, { a: 1 }, 'v').ok).toBe(true);
});
