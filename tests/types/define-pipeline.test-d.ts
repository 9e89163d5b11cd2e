/** What the compiler must accept and refuse in a pipeline file. Checked by `tsc -p tests/types`. */
import { definePipeline } from '@millrace/core';
import { z } from 'zod';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => {};

const market = definePipeline('market-data', {
  description: 'prices',
  params: z.object({ source: z.string().default('sp500'), limit: z.number().optional() }),
  overlap: 'skip',
  timeout: '2h',
  schedules: [{ cron: '*/15 * * * *', timezone: 'UTC', catchUp: { policy: 'last', window: '15m' } }],
  modes: { daily: { params: { source: 'sp500' } } },
  defaults: { retry: { maximumAttempts: 3, initialInterval: '1s' }, timeout: '10m', queue: 'default' },
})
  .stage('translator', {
    command: ['node', 'translate.mjs', '--source', '${{ params.source }}'],
    env: { MODE: 'x' },
    cwd: '.',
    output: z.object({ files_processed: z.number() }),
  })
  .stage('analyzer', {
    dependsOn: ['translator'],
    run: async (ctx) => {
      holds<Equal<typeof ctx.params.source, string>>();
      holds<Equal<typeof ctx.params.limit, number | undefined>>();
      holds<Equal<typeof ctx.inputs.translator.files_processed, number>>();
      return { rows: ctx.inputs.translator.files_processed, at: new Date(), note: undefined as string | undefined };
    },
  })
  .stage('merger', {
    dependsOn: ['analyzer', 'translator'],
    queue: 'cpu',
    retry: { maximumAttempts: 2 },
    timeout: null,
    heartbeatTimeout: '1m',
    stageTimeout: '1h',
    queueTimeout: '5m',
    grace: '5s',
    when: 'all_succeeded',
    run: (ctx) => {
      holds<Equal<typeof ctx.inputs.analyzer.rows, number>>();
      // a Date is text after a trip through JSON
      holds<Equal<typeof ctx.inputs.analyzer.at, string>>();
      holds<Equal<typeof ctx.inputs.analyzer.note, string | undefined>>();
      ctx.progress(0.5, 'half');
      return null;
    },
  });

// every stage sees what it depends on, and nothing else
market.stage('late', { dependsOn: ['merger'], run: (ctx) => holds<Equal<keyof typeof ctx.inputs, 'merger'>>() });
market.stage('alone', { run: (ctx) => holds<Equal<keyof typeof ctx.inputs, never>>() });

// under a rule that does not need every success an input may be missing
market.stage('late', {
  dependsOn: ['analyzer'],
  when: 'all_done',
  run: (ctx) => holds<Equal<NonNullable<typeof ctx.inputs.analyzer>['rows'], number>>(),
});
// @ts-expect-error the input of a stage that may have failed
market.stage('x', { dependsOn: ['analyzer'], when: 'none_failed', run: (ctx) => ctx.inputs.analyzer.rows });
// @ts-expect-error a rule that is not known
market.stage('x', { dependsOn: ['merger'], when: 'all_success', run: () => 1 });
// a teardown receives what its set-ups made, too
market.stage('clean', {
  dependsOn: ['merger'],
  teardown: { of: ['analyzer'] },
  run: (ctx) => holds<Equal<keyof typeof ctx.inputs, 'merger' | 'analyzer'>>(),
});
// @ts-expect-error a set-up that is not there
market.stage('x', { dependsOn: ['merger'], teardown: { of: ['anlyzer'] }, run: () => 1 });
// @ts-expect-error a stage that is not there
market.stage('x', { dependsOn: ['anlyzer'], run: () => 1 });
// @ts-expect-error a stage that comes later, or itself
market.stage('x', { dependsOn: ['x'], run: () => 1 });
// @ts-expect-error a name that is taken
market.stage('merger', { run: () => 1 });
// @ts-expect-error a field that the output does not have
market.stage('x', { dependsOn: ['analyzer'], run: (ctx) => ctx.inputs.analyzer.rowz });
// @ts-expect-error an output used as what it is not
market.stage('x', { dependsOn: ['translator'], run: (ctx) => ctx.inputs.translator.files_processed.toUpperCase() });
// @ts-expect-error a stage that it does not depend on
market.stage('x', { dependsOn: ['analyzer'], run: (ctx) => ctx.inputs.translator });
// @ts-expect-error a param that is not there
market.stage('x', { run: (ctx) => ctx.params.sauce });
// @ts-expect-error the function returns what the schema does not allow
market.stage('x', { output: z.object({ rows: z.number() }), run: () => ({ rows: 'many' }) });
// @ts-expect-error nothing to run
market.stage('x', { dependsOn: ['analyzer'] });
// @ts-expect-error two things to run
market.stage('x', { command: ['true'], run: () => 1 });
// @ts-expect-error a shell text
market.stage('x', { command: 'node job.mjs' });
// @ts-expect-error an empty command
market.stage('x', { command: [] });
// @ts-expect-error a field that is not known
market.stage('x', { run: () => 1, retries: 3 });
// a gate, before it runs, on what it returned, and as a stage of its own, whose output is its form's
market.stage('x', { run: () => 1, gate: { on: 'result', roles: ['admin'], timeout: '1h', onTimeout: 'fail' } });
market
  .stage('ok', { dependsOn: ['merger'], gate: { form: z.object({ words: z.number() }) } })
  .stage('x', {
    dependsOn: ['ok'],
    run: (ctx) => holds<Equal<typeof ctx.inputs.ok, { words: number } | null>>(),
  });
// @ts-expect-error a role that decides nothing
market.stage('x', { run: () => 1, gate: { roles: ['viewer'] } });
// @ts-expect-error an end that is not known
market.stage('x', { run: () => 1, gate: { timeout: '1h', onTimeout: 'skip' } });
// @ts-expect-error a field of a gate that is not known
market.stage('x', { run: () => 1, gate: { aproval: true } });
// @ts-expect-error an overlap policy that is not known
definePipeline('y', { overlap: 'wait' });
// @ts-expect-error a pipeline without params has none
definePipeline('y').stage('x', { run: (ctx) => ctx.params.source.length });
definePipeline('y', { params: { type: 'object' } }).stage('x', { run: (ctx) => ctx.params['source'] });
