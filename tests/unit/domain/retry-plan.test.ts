import {
  MillraceError,
  type Pipeline,
  planRetryOf,
  type RetryOptions,
  type RunId,
  type StageName,
  type StageStatus,
} from '@millrace/core/domain';
import { chainOf, diamondOf, pipelineOf, scenarios } from '@millrace/core/testing/conformance';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const RUN = '0190a0a0-0000-7000-8000-000000000001' as RunId;
const FIRST = '0190a0a0-0000-7000-8000-000000000000' as RunId;
const NOTHING: RetryOptions = { from: null, downstream: true, failedOnly: true, otherParams: false };

/** How each stage ended; those not named do not exist for the run. */
const plan = (
  pipeline: Pipeline,
  ended: Readonly<Record<string, StageStatus>>,
  options: Partial<RetryOptions> & { readonly now?: Pipeline } = {},
) => {
  const { now = pipeline, ...rest } = options;
  const stages = pipeline.stages
    .filter(({ name }) => ended[name] !== undefined)
    .map(({ name }) => ({ stage: name, status: ended[name]!, generation: 1, reusedFrom: null }));
  return planRetryOf({ runId: RUN, pipeline, stages }, now, { ...NOTHING, ...rest });
};
const inShort = (planned: ReturnType<typeof plan>): string =>
  planned.map(({ stage, action }) => `${stage} ${action}`).join(', ');
const from = (name: string) => ({ from: name as StageName });
const DIAMOND = diamondOf('p');
const ALL_SUCCEEDED = { a: 'succeeded', b: 'succeeded', c: 'succeeded', d: 'succeeded' } as const;

test.each<[string, Readonly<Record<string, StageStatus>>, Partial<RetryOptions>, string]>([
  ['what failed', { ...ALL_SUCCEEDED, c: 'failed', d: 'upstream_failed' }, {}, 'a reuse, b reuse, c run, d run'],
  ['what was cancelled', { ...ALL_SUCCEEDED, b: 'cancelled', d: 'cancelled' }, {}, 'a reuse, b run, c reuse, d run'],
  ['a success behind a failure', { ...ALL_SUCCEEDED, b: 'failed' }, {}, 'a reuse, b run, c reuse, d run'],
  ['from a stage', ALL_SUCCEEDED, from('b'), 'a reuse, b run, c reuse, d run'],
  ['only that stage', ALL_SUCCEEDED, { ...from('b'), downstream: false }, 'a reuse, b run, c reuse, d leave_out'],
  [
    'from a stage beside one that failed',
    { ...ALL_SUCCEEDED, b: 'failed', d: 'upstream_failed' },
    { ...from('c'), downstream: false },
    'a reuse, b leave_out, c run, d leave_out',
  ],
  ['everything', ALL_SUCCEEDED, { failedOnly: false }, 'a run, b run, c run, d run'],
  ['changed params', { ...ALL_SUCCEEDED, d: 'failed' }, { otherParams: true }, 'a run, b run, c run, d run'],
  ['of a subset', { b: 'succeeded', d: 'failed' }, {}, 'b reuse, d run'],
])('%s', (_, ended, options, expected) => {
  expect(inShort(plan(DIAMOND, ended, options))).toBe(expected);
});

test('what was skipped stays so while nothing before it runs', () => {
  const pipeline = pipelineOf('p', {
    a: [],
    b: [],
    onFailure: { on: ['a'], when: 'one_failed' },
    join: { on: ['onFailure', 'b'], when: 'none_failed' },
  });
  const ended = { a: 'succeeded', b: 'succeeded', onFailure: 'skipped', join: 'failed' } as const;
  expect(inShort(plan(pipeline, ended))).toBe('a reuse, b reuse, onFailure skip, join run');
  expect(inShort(plan(pipeline, ended, from('a')))).toBe('a run, b reuse, onFailure run, join run');
});

test.each<[string, Readonly<Record<string, StageStatus>>, Partial<RetryOptions>, string, object]>([
  ['nothing failed', ALL_SUCCEEDED, {}, 'nothing_to_retry', {}],
  ['no such stage', ALL_SUCCEEDED, from('e'), 'unknown_stage', {}],
  ['not in the run', { a: 'failed' }, from('b'), 'unknown_stage', {}],
  [
    'a dependency has no result: the first one is named',
    { a: 'succeeded', b: 'failed', c: 'cancelled', d: 'upstream_failed' },
    from('d'),
    'cannot_reuse',
    { stage: 'b' },
  ],
])('is refused: %s', (_, ended, options, code, extra) => {
  const error = (() => {
    try {
      return plan(DIAMOND, ended, options);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(MillraceError);
  expect(error).toMatchObject({ code, extra });
});

test('a set-up runs again for what runs in between; a teardown alone does not', () => {
  const pipeline = pipelineOf('p', {
    up: [],
    use: ['up'],
    other: ['up'],
    down: { on: ['use', 'other'], tearsDown: ['up'] },
    after: ['use'],
  });
  const ended = { up: 'succeeded', use: 'succeeded', other: 'failed', down: 'succeeded', after: 'succeeded' } as const;
  expect(inShort(plan(pipeline, ended))).toBe('up run, use run, other run, down run, after run');
  const alone = plan(pipeline, ended, { ...from('use'), downstream: false });
  expect(inShort(alone)).toBe('up run, use run, other leave_out, down run, after leave_out');
  const failed = { ...ended, other: 'succeeded', down: 'failed' } as const;
  expect(inShort(plan(pipeline, failed))).toBe('up reuse, use reuse, other reuse, down run, after reuse');
});

test('on another definition: what is new or changed runs, what was removed is left away', () => {
  const before = chainOf('p', 4);
  const now = pipelineOf('p', { s0: [], extra: ['s0'], s1: { on: ['s0'], queue: 'big' }, s3: ['s1'] });
  const ended = { s0: 'succeeded', s1: 'succeeded', s2: 'failed', s3: 'upstream_failed' } as const;
  const planned = plan(before, ended, { now });
  expect(planned.map(({ stage, action, because }) => `${stage} ${action}: ${because}`)).toEqual([
    's0 reuse: it succeeded',
    'extra run: it is new in the definition',
    's1 run: its definition changed',
    's3 run: its definition changed',
  ]);
  // A run of some stages does not get others.
  expect(inShort(plan(before, { s0: 'succeeded', s1: 'failed' }, { now }))).toBe('s0 reuse, s1 run');
});

test('a result keeps its origin along a chain, and that its params were others', () => {
  const made = { runId: FIRST, generation: 2, otherParams: true };
  const stages = [
    { stage: 'a' as StageName, status: 'succeeded' as const, generation: 2, reusedFrom: made },
    { stage: 'b' as StageName, status: 'failed' as const, generation: 1, reusedFrom: null },
  ];
  const [a] = planRetryOf({ runId: RUN, pipeline: DIAMOND, stages }, DIAMOND, NOTHING);
  expect(a).toMatchObject({ action: 'reuse', reusedFrom: made });
});

test('no result is reused whose dependencies run, and none runs without one', () => {
  fc.assert(
    fc.property(
      scenarios({ timeouts: false }).map(({ pipelines }) => pipelines[0]!),
      fc.array(fc.constantFrom<StageStatus>('succeeded', 'succeeded', 'failed', 'skipped', 'cancelled'), {
        minLength: 6,
        maxLength: 6,
      }),
      fc.option(fc.nat(5), { nil: null }),
      fc.boolean(),
      (pipeline, ended, at, downstream) => {
        const states = Object.fromEntries(pipeline.stages.map(({ name, index }) => [name, ended[index]!]));
        const chosen = at === null ? null : pipeline.stages[at % pipeline.stages.length]!.name;
        let planned: ReturnType<typeof plan>;
        try {
          planned = plan(pipeline, states, { from: chosen, downstream: chosen === null || downstream });
        } catch (error) {
          expect(['nothing_to_retry', 'cannot_reuse']).toContain((error as MillraceError).code);
          return;
        }
        const actions = new Map(planned.map(({ stage, action }) => [stage, action]));
        for (const { name, dependsOn, teardown } of pipeline.stages) {
          const action = actions.get(name)!;
          const before = dependsOn.map((on) => actions.get(on)!);
          if (action === 'reuse' || action === 'skip') expect(before).not.toContain('run');
          if (action === 'reuse') expect(states[name]).toBe('succeeded');
          if (action === 'run' && !teardown) expect(before).not.toContain('leave_out');
          if (chosen === null && !['succeeded', 'skipped'].includes(states[name]!)) expect(action).toBe('run');
        }
        if (chosen !== null) expect(actions.get(chosen)).toBe('run');
      },
    ),
    { numRuns: 1_000 },
  );
});
