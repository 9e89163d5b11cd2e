import { expect, test } from 'vitest';
import { type RunId, type StageStatus, TRIGGER_RULE_NAMES, type TriggerRuleName } from '../../../domain/index.ts';
import { pipelineOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';
import { refOf, type TestWorker } from '../test-worker.ts';

type Ends = 'succeeded' | 'failed' | 'skipped' | 'upstream_failed';

/**
 * What becomes of a join by the ends of its two parents in the order in which they end; `early`: the first one decides.
 */
const JOINS: Readonly<Record<TriggerRuleName, Readonly<Record<string, StageStatus | `early ${StageStatus}`>>>> = {
  all_succeeded: {
    ss: 'queued',
    sf: 'upstream_failed',
    fs: 'early upstream_failed',
    sk: 'skipped',
    ks: 'early skipped',
  },
  all_failed: { ff: 'queued', fu: 'queued', fs: 'skipped', sf: 'early skipped', kf: 'early skipped' },
  all_done: { ss: 'queued', sf: 'queued', ff: 'queued', sk: 'queued', kf: 'queued', fu: 'queued' },
  one_succeeded: { ss: 'early queued', sf: 'early queued', fs: 'queued', ff: 'upstream_failed', kk: 'skipped' },
  one_failed: { fs: 'early queued', uf: 'early queued', sf: 'queued', ss: 'skipped', ks: 'skipped' },
  one_done: { ss: 'early queued', fs: 'early queued', ks: 'queued', kk: 'skipped' },
  none_failed: { ss: 'queued', sk: 'queued', kk: 'queued', sf: 'upstream_failed', us: 'early upstream_failed' },
  none_failed_min_one_succeeded: { ss: 'queued', ks: 'queued', kk: 'skipped', fs: 'early upstream_failed' },
  none_skipped: { ss: 'queued', sf: 'queued', fu: 'queued', ks: 'early skipped', fk: 'skipped' },
  always: { ss: 'early queued', ff: 'early queued' },
};
const ENDS: Readonly<Record<string, Ends>> = { s: 'succeeded', f: 'failed', k: 'skipped', u: 'upstream_failed' };

export const rulesSuite: Suite = (rig) => {
  const statusOf = async (runId: RunId, name: string): Promise<StageStatus> =>
    (await rig().run(runId)).stages.find(({ stage }) => stage === name)!.status;

  /** Brings a parent to its end: a stage before it decides whether it runs. */
  const end = async (worker: TestWorker, name: string, as: Ends): Promise<void> => {
    const before = await worker.take(name);
    if (as === 'skipped') return void (await worker.succeed(before));
    await worker.fail(before, { retryable: false });
    if (as === 'upstream_failed') return;
    const parent = await worker.take(name);
    await (as === 'succeeded' ? worker.succeed(parent) : worker.fail(parent, { retryable: false }));
  };

  test.each(TRIGGER_RULE_NAMES)('S4: a join by %s runs, waits or never runs as its parents end', async (when) => {
    for (const [ways, expected] of Object.entries(JOINS[when])) {
      const parents = ways.split('').map((way, at) => ({ name: `p${at}`, as: ENDS[way]! }));
      const runId = await rig().start(
        pipelineOf(`by-${ways}`, {
          ...Object.fromEntries(parents.map(({ name }) => [`before-${name}`, { queue: name }])),
          ...Object.fromEntries(
            parents.map(({ name, as }) => [
              name,
              { on: [`before-${name}`], queue: name, when: as === 'upstream_failed' ? 'all_succeeded' : 'all_failed' },
            ]),
          ),
          join: { on: parents.map(({ name }) => name), when, queue: 'joins' },
        }),
      );
      const worker = await rig().worker();
      const seen: StageStatus[] = [];
      for (const { name, as } of parents) {
        await end(worker, name, as);
        seen.push(await statusOf(runId, 'join'));
      }
      const last = expected.replace('early ', '');
      expect([ways, ...seen]).toEqual([ways, expected === last ? 'pending' : last, last]);
      await worker.drain('joins');
      expect((await rig().facts(runId)).filter((fact) => fact === 'join started')).toHaveLength(
        last === 'queued' ? 1 : 0,
      );
    }
  });

  test('`always` starts with its run, and only once', async () => {
    const runId = await rig().start(pipelineOf('p', { a: [], b: { on: ['a'], when: 'always' } }));
    expect((await rig().log(runId))[0]!.data['queued']).toEqual(['a', 'b']);
    const worker = await rig().worker();
    await worker.drain();
    expect(await rig().facts(runId)).toEqual([
      'run.created',
      'a started',
      'a succeeded',
      'b started',
      'b succeeded',
      'run.succeeded',
    ]);
  });

  test('a failure queues what its event says, and the run succeeds by its leaf', async () => {
    const runId = await rig().start(pipelineOf('p', { a: [], b: ['a'], mend: { on: ['b'], when: 'all_done' } }));
    const worker = await rig().worker();
    await worker.fail(await worker.take(), { retryable: false });
    const log = await rig().log(runId);
    expect(log.find(({ type }) => type === 'stage.failed')!.data['queued']).toBeUndefined();
    expect(log.at(-1)).toMatchObject({ type: 'stage.upstream_failed', data: { because: 'a', queued: ['mend'] } });
    expect((await rig().run(runId)).status).toBe('running');
    expect(await worker.drain()).toEqual(['mend']);
    expect(await rig().run(runId)).toMatchObject({ status: 'succeeded', error: null });
  });

  test.each([
    [
      'failed',
      'a leaf beside the one that succeeded failed',
      { a: [], mend: { on: ['a'], when: 'all_done' }, b: ['a'] },
    ],
    ['failed', 'the leaf itself fails', { a: [], mend: { on: ['a'], when: 'one_failed', queue: 'fails' } }],
    [
      'succeeded',
      'its leaf was skipped',
      { a: [], b: { on: ['a'], when: 'all_done' }, c: { on: ['b'], when: 'all_failed' } },
    ],
  ] as const)('a run ends %s when %s', async (status, _, stages) => {
    const runId = await rig().start(pipelineOf('p', stages));
    const worker = await rig().worker();
    await worker.fail(await worker.take(), { retryable: false });
    await worker.drain();
    const late = await worker.claim('fails');
    if (late) await worker.fail(late, { retryable: false });
    const run = await rig().run(runId);
    expect([run.status, run.error?.stage]).toEqual([status, status === 'failed' ? 'a' : undefined]);
  });

  test('a parent that will be tried again has not ended', async () => {
    const runId = await rig().start(
      pipelineOf('p', {
        a: { retry: { maximumAttempts: 2, initialInterval: 1 } },
        b: { on: ['a'], when: 'one_failed' },
        c: { on: ['a'], when: 'one_done' },
      }),
    );
    const worker = await rig().worker();
    expect(await worker.fail(await worker.take())).toBe('retrying');
    expect([await statusOf(runId, 'b'), await statusOf(runId, 'c')]).toEqual(['pending', 'pending']);
    await rig().pass(2);
    await worker.succeed(await worker.take());
    expect([await statusOf(runId, 'b'), await statusOf(runId, 'c')]).toEqual(['skipped', 'queued']);
    await worker.drain();
  });

  test('a join that runs already is left alone when another parent fails', async () => {
    const runId = await rig().start(pipelineOf('p', { a: [], b: [], c: { on: ['a', 'b'], when: 'one_succeeded' } }));
    const worker = await rig().worker();
    const [a, b] = [await worker.take(), await worker.take()];
    await worker.succeed(a);
    const c = await worker.take();
    await worker.fail(b, { retryable: false });
    expect(await statusOf(runId, 'c')).toBe('running');
    await worker.succeed(c);
    expect((await rig().run(runId)).status).toBe('succeeded');
  });

  test.each([2, 16])('%i parents that end in one call start their joins exactly once', async (width) => {
    const parents = Array.from({ length: width }, (_, at) => `p${at}`);
    const joins = TRIGGER_RULE_NAMES.filter((when) => when !== 'always');
    const runId = await rig().start(
      pipelineOf('p', {
        ...Object.fromEntries(parents.map((name) => [name, []])),
        ...Object.fromEntries(joins.map((when) => [when, { on: parents, when }])),
      }),
    );
    const worker = await rig().worker();
    const claims = [];
    for (const slot of parents) claims.push(await worker.take('default', slot));
    const answers = await rig().store.advanceAll(
      claims.map((claim, at) => ({
        worker: worker.id,
        queue: 'default',
        slot: parents[at]!,
        outcome: {
          ...refOf(claim),
          result:
            at % 2 === 0
              ? { kind: 'succeeded', outputJson: '{}' }
              : { kind: 'failed', error: { code: 'Boom', message: '' }, retryable: false },
        },
        fetch: true,
      })),
    );
    for (const id of answers.flatMap(({ expand }) => expand)) await rig().expand(id);
    for (const { claim } of answers) if (claim) await worker.succeed(claim);
    await worker.drain();
    const facts = await rig().facts(runId);
    const started = joins.filter((when) => facts.filter((fact) => fact === `${when} started`).length === 1);
    expect(started).toEqual(['all_done', 'one_succeeded', 'one_failed', 'one_done', 'none_skipped']);
    expect(facts.filter((fact) => fact.endsWith(' started'))).toHaveLength(width + started.length);
  });

  test('in a partial run only the parents inside of it count', async () => {
    const pipeline = pipelineOf('p', {
      a: [],
      b: [],
      c: { on: ['a', 'b'], when: 'one_succeeded' },
      d: { on: ['a', 'b'], when: 'all_failed' },
      e: { on: ['b'], when: 'one_failed' },
    });
    const runId = await rig().start(pipeline, { stages: ['a', 'c', 'd', 'e'] as never });
    expect((await rig().log(runId))[0]!.data['queued']).toEqual(['a', 'e']);
    const worker = await rig().worker();
    await worker.fail(await worker.take(), { retryable: false });
    expect([await statusOf(runId, 'c'), await statusOf(runId, 'd')]).toEqual(['upstream_failed', 'queued']);
    await worker.drain();
    expect((await rig().run(runId)).status).toBe('failed');
  });

  test('S6: a cancel ends stages whose rule would let them run', async () => {
    const runId = await rig().start(
      pipelineOf('p', { a: [], b: { on: ['a'], when: 'all_done' }, c: { on: ['a'], when: 'one_failed' } }),
    );
    const worker = await rig().worker();
    const a = await worker.take();
    await rig().cancel(runId);
    await worker.fail(a, { retryable: false });
    expect(await worker.claim()).toBeNull();
    expect((await rig().run(runId)).stages.map(({ status }) => status)).toEqual(['failed', 'cancelled', 'cancelled']);
    expect((await rig().run(runId)).status).toBe('cancelled');
  });

  test('a run that times out starts none of the stages whose rule would let them run', async () => {
    const runId = await rig().start(pipelineOf('p', { a: [], b: { on: ['a'], when: 'all_done' } }, { timeoutMs: 1 }));
    const worker = await rig().worker();
    const a = await worker.take();
    await rig().pass(2);
    await rig().store.fireTimeouts(10);
    await worker.send(a, { kind: 'cancelled', reason: 'the run timed out' });
    expect(await rig().run(runId)).toMatchObject({ status: 'failed', error: { code: 'timed_out' } });
    expect(await statusOf(runId, 'b')).toBe('cancelled');
  });

  test('what follows from a failure before a wide fan-out by rules is done in steps', { timeout: 60_000 }, async () => {
    const wide = Array.from({ length: 250 }, (_, at) => `w${at}`);
    const runId = await rig().start(
      pipelineOf('p', {
        root: [],
        ...Object.fromEntries(
          wide.map((name, at) => [name, { on: ['root'], when: at % 2 === 0 ? 'one_failed' : 'all_succeeded' }]),
        ),
        join: { on: wide, when: 'all_done' },
      } as const),
    );
    const worker = await rig().worker();
    await worker.fail(await worker.take(), { retryable: false });
    expect(await worker.drain()).toHaveLength(126);
    const { status, stages } = await rig().run(runId);
    expect([status, stages.filter((stage) => stage.status === 'upstream_failed').length]).toEqual(['succeeded', 125]);
  });
};
