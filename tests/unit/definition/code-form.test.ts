import { definePipeline, validateParams } from '@millrace/core/definition';
import type { MillraceError } from '@millrace/core/domain';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fromCode, problemsOf } from './definition-fixture.ts';

const wide = (count: number) => {
  let definition = definePipeline('wide') as unknown as { stage(name: string, options: object): typeof definition };
  for (let i = 0; i < count; i++) definition = definition.stage(`s${i}`, { command: ['x'], ...(i === 0 ? {} : { dependsOn: [`s${i - 1}`] }) });
  return definition as never;
};

describe('definePipeline', () => {
  test('adding a stage changes nothing that was there', () => {
    const base = definePipeline('p').stage('a', { command: ['x'] });
    const one = base.stage('b', { command: ['y'] });
    const other = base.stage('c', { command: ['z'] });
    expect([base, one, other].map((definition) => fromCode(definition).stages.map(({ name }) => name))).toEqual([['a'], ['a', 'b'], ['a', 'c']]);
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

  test('the source of a function is part of the version', () => {
    const version = (run: () => unknown) => fromCode(definePipeline('p').stage('a', { run })).version;
    expect(version(() => 1)).toBe(version(() => 1));
    expect(version(() => 1)).not.toBe(version(() => 2));
  });

  test('10,000 stages are taken, one more is not', () => {
    expect(fromCode(wide(10_000)).stages).toHaveLength(10_000);
    expect(problemsOf(() => fromCode(wide(10_001)))).toEqual(['stages the pipeline has 10001 stages; the limit stages is 10000']);
  }, 20_000);

  test('a definition beyond 1 MiB is not taken', () => {
    expect(problemsOf(() => fromCode(definePipeline('p', { description: 'x'.repeat(1_100_000) }).stage('a', { command: ['x'] })))).toEqual([
      expect.stringContaining('definition_bytes'),
    ]);
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
      return [(error as MillraceError).code, ...(error as MillraceError).errors.map(({ path, message }) => `${path}: ${message}`)];
    }
  };

  test('given over mode over default', () => {
    expect(validateParams(pipeline, { limit: 7 }, 'daily')).toEqual({ source: 'sp500', limit: 7, day: 'mon' });
  });
  test.each([
    [{}, null, ['invalid_params', 'params.day: is required']],
    [{ day: 1, limit: 'x' }, null, ['invalid_params', expect.stringMatching(/^params\.day: /), expect.stringMatching(/^params\.limit: /)]],
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
    expect(validateParams({ ...pipeline, params: { type: 'object', properties: {}, additionalProperties: true } }, { a: 1 }, null)).toEqual({ a: 1 });
  });
});
