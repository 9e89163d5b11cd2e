import { definePipeline, validateParams } from '@millrace/core/definition';
import type { MillraceError } from '@millrace/core/domain';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fromCode, problemsOf } from './definition-fixture.ts';

const wide = (count: number) => {
  let definition = definePipeline('wide') as unknown as { stage(name: string, options: object): typeof definition };
  for (let i = 0; i < count; i++)
    definition = definition.stage(`s${i}`, { command: ['x'], ...(i === 0 ? {} : { dependsOn: [`s${i - 1}`] }) });
  return definition as never;
};

describe('definePipeline', () => {
  test('adding a stage changes nothing that was there', () => {
    const base = definePipeline('p').stage('a', { command: ['x'] });
    const one = base.stage('b', { command: ['y'] });
    const other = base.stage('c', { command: ['z'] });
    expect([base, one, other].map((definition) => fromCode(definition).stages.map(({ name }) => name))).toEqual([
      ['a'],
      ['a', 'b'],
      ['a', 'c'],
    ]);
  });

  test('what the compiler would have refused is refused at load too', () => {
    const untyped = definePipeline('p') as unknown as { stage(name: string, options: unknown): typeof untyped };
    expect(
      problemsOf(() =>
        fromCode(
          untyped
            .stage('a', { run: 1 })
            .stage('a', { command: 'sh x', retrys: 2 })
            .stage('b', { dependsOn: ['c'], run() {} }) as never,
        ),
      ),
    ).toEqual([
      'stages.a.run "run" must be a function, not 1',
      'stages.a.retrys unknown field "retrys" (did you mean "retry"?)',
      expect.stringMatching(/^stages\.a\.command "command" must be a list .*\["sh", "-c", "sh x"\]/),
      'stages.a two stages are called "a"',
      'stages.b.dependsOn.0 stage "b" depends on "c", which is not a stage of the pipeline (did you mean "a"?)',
    ]);
  });

  test.each([
    ['a transform', z.object({ a: z.string().transform(Number) })],
    ['a refinement', z.object({ a: z.string().refine((a) => a !== 'x') })],
    ['a text change', z.object({ a: z.string().trim() })],
    ['a date', z.object({ a: z.date() })],
    ['a pipe', z.object({ a: z.preprocess(Number, z.number()) })],
    ['no object', z.string()],
  ])('params that JSON Schema cannot carry are refused: %s', (_name, params) => {
    expect(problemsOf(() => fromCode(definePipeline('p', { params }).stage('a', { command: ['x'] })))).toEqual([
      expect.stringMatching(/^params "params" (.*carr|.*represented|must be a schema)/),
    ]);
  });

  const circle: Record<string, unknown> = {};
  circle['itself'] = circle;
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) });
  const arrays = (levels: number): z.ZodType => {
    let schema: z.ZodType = z.string();
    for (let level = 0; level < levels; level++) schema = z.array(schema);
    return schema;
  };
  const withDefault = (value: unknown) => ({ params: { type: 'object', properties: { v: { default: value } } } });
  const INEXACT = 'cannot be kept exactly: send it as a text';
  test.each<[options: object, problem: string | RegExp]>([
    [withDefault(Number.NaN), `params.properties.v.default NaN ${INEXACT}`],
    [withDefault([{ a: Number.POSITIVE_INFINITY }]), `params.properties.v.default.0.a Infinity ${INEXACT}`],
    [withDefault(2 ** 53 + 2), `params.properties.v.default 9007199254740994 ${INEXACT}`],
    [withDefault(9007199254740993n), `params.properties.v.default 9007199254740993 ${INEXACT}`],
    [withDefault(new Date(0)), /^params\.properties\.v\.default is a Date/],
    [withDefault({ m: new Map() }), /^params\.properties\.v\.default\.m is a Map/],
    [withDefault(() => 1), /^params\.properties\.v\.default is a function/],
    [withDefault([undefined]), /^params\.properties\.v\.default\.0 is undefined/],
    [withDefault(circle), /^params\.properties\.v\.default\.itself holds itself/],
    [withDefault(nested(100)), /is nested more than 100 levels deep \(the limit json_depth\)$/],
    [
      { params: { type: 'object', properties: { v: { const: Number.NaN } } } },
      `params.properties.v.const NaN ${INEXACT}`,
    ],
    [{ modes: { m: { params: { a: { b: 1n } } } } }, `modes.m.params.a.b 1 ${INEXACT}`],
    [{ schedules: [{ every: '1h', params: { a: Number.NaN } }] }, `schedules.0.params.a NaN ${INEXACT}`],
    [
      { params: z.object({ v: z.number().default(Number.NaN) }) },
      `params "params" has a default that JSON cannot carry: NaN ${INEXACT}`,
    ],
    [
      { params: z.object({ v: z.any().default({ at: new Date(0) }) }) },
      /^params "params" has a default .*: at: is a Date/,
    ],
    [
      { params: z.object({ v: z.literal(2 ** 53 + 2) }) },
      /^params "params" has a constant .*: 9007199254740994 cannot be kept/,
    ],
    [
      { params: z.object({ v: z.any().default(1n) }) },
      /^params "params" BigInt defaults .*; a BigInt cannot be kept exactly: send it as a text$/,
    ],
    [{ params: z.object({ v: arrays(120) }) }, /^params .*nested more than 100 levels deep \(the limit json_depth\)$/],
    [
      { params: z.object({ v: arrays(20_000) }) },
      /^params .*nested more than 100 levels deep \(the limit json_depth\)$/,
    ],
    [
      { params: z.object({ v: z.number().max(3).default(9) }) },
      /^params\.properties\.v\.default the default 9 does not fit/,
    ],
  ])('what JSON would change in silence is refused where it stands (%#)', (options, problem) => {
    const definition = definePipeline('p', options as never).stage('a', { command: ['x'] });
    expect(problemsOf(() => fromCode(definition))).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  });

  test('the source of a function is part of the version', () => {
    const version = (run: () => unknown) => fromCode(definePipeline('p').stage('a', { run })).version;
    expect(version(() => 1)).toBe(version(() => 1));
    expect(version(() => 1)).not.toBe(version(() => 2));
  });

  test('10,000 stages are taken, one more is not', () => {
    expect(fromCode(wide(10_000)).stages).toHaveLength(10_000);
    expect(problemsOf(() => fromCode(wide(10_001)))).toEqual([
      'stages the pipeline has 10001 stages; the limit stages is 10000',
    ]);
  }, 20_000);

  test('a definition beyond 1 MiB is not taken', () => {
    expect(
      problemsOf(() =>
        fromCode(definePipeline('p', { description: 'x'.repeat(1_100_000) }).stage('a', { command: ['x'] })),
      ),
    ).toEqual([expect.stringContaining('definition_bytes')]);
  });
});

describe('validateParams', () => {
  const pipeline = fromCode(
    definePipeline('p', {
      params: z.object({ source: z.string().default('sp500'), limit: z.number().int().optional(), day: z.string() }),
      modes: { daily: { params: { day: 'mon', limit: 5 } } },
    }).stage('a', { command: ['x'] }),
  );
  const refusal = (params: unknown, mode: string | null = null) => {
    try {
      return validateParams(pipeline, params as never, mode);
    } catch (error) {
      return [
        (error as MillraceError).code,
        ...(error as MillraceError).errors.map(({ path, message }) => `${path}: ${message}`),
      ];
    }
  };

  test('given over mode over default', () => {
    expect(validateParams(pipeline, { limit: 7 }, 'daily')).toEqual({ source: 'sp500', limit: 7, day: 'mon' });
  });
  test.each([
    [{}, null, ['invalid_params', 'params.day: is required']],
    [
      { day: 1, limit: 'x' },
      null,
      ['invalid_params', expect.stringMatching(/^params\.limit: /), expect.stringMatching(/^params\.day: /)],
    ],
    [{ day: 'x', sorce: 1 }, null, ['invalid_params', 'params.sorce: there is no such param (did you mean "source"?)']],
    [JSON.parse('{"day":"x","__proto__":{}}'), null, ['invalid_params', 'params.__proto__: there is no such param']],
    [{}, 'dayly', ['invalid_params', 'mode: there is no mode "dayly" (did you mean "daily"?); it has daily']],
    [{}, 'constructor', ['invalid_params', expect.stringMatching(/^mode: there is no mode "constructor"/)]],
    [[], null, ['invalid_params', 'params: must be an object']],
    [{ day: 'x'.repeat(70_000) }, null, ['too_large']],
  ])('%j with mode %s', (params, mode, expected) => {
    expect(refusal(params, mode)).toEqual(expected);
  });
  test('a pipeline without params takes none; an open schema takes any', () => {
    expect(() => validateParams({ ...pipeline, params: null }, { a: 1 }, null)).toThrow(/takes no params/);
    expect(
      validateParams(
        { ...pipeline, params: { type: 'object', properties: {}, additionalProperties: true } },
        { a: 1 },
        null,
      ),
    ).toEqual({ a: 1 });
  });
});
