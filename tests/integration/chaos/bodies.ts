/** Pipelines whose stages leave a witness of every attempt, and what their files need beside them. */

/** A file of the deployment's pipeline folder. */
export interface DefinitionFile {
  readonly name: string;
  readonly text: string;
}

/** For function stages. `hold` runs until the test releases it, and records when it was stopped. */
const FUNCTIONS = `
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export const note = (ctx, what, reason) =>
  appendFileSync(\`\${ctx.dir}/witness.jsonl\`, JSON.stringify({
    run: ctx.runId, stage: ctx.stage, attempt: ctx.attempt, fence: ctx.fence, pid: process.pid, what, reason, kind: 'function', at: Date.now(),
  }) + '\\n');

export const quick = async (ctx) => {
  note(ctx, 'began');
  await delay(Math.random() * (ctx.params.ms ?? 5));
  return { stage: ctx.stage, attempt: ctx.attempt };
};

export const hold = async (ctx) => {
  note(ctx, 'began');
  ctx.signal.addEventListener('abort', () => note(ctx, 'aborted', ctx.signal.reason.kind), { once: true });
  for (let line = 1; !existsSync(\`\${ctx.dir}/go\`); line++) {
    if (!ctx.params.silent) ctx.log(\`line \${line} of fence \${ctx.fence}\`);
    await delay(40, undefined, { signal: ctx.signal });
  }
  return { stage: ctx.stage, attempt: ctx.attempt };
};
`;

/** For command stages: \`quick\`, \`hold\`, or \`stubborn\`, which ignores SIGTERM, as does the child that it forks. */
const COMMAND = `
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const { MILLRACE_RUN_ID: run, MILLRACE_STAGE: stage, MILLRACE_ATTEMPT: attempt, MILLRACE_FENCE: fence } = process.env;
const note = (pid, what) =>
  appendFileSync('witness.jsonl', JSON.stringify({
    run, stage, attempt: Number(attempt), fence: Number(fence), pid, parent: process.ppid, what, kind: 'command', at: Date.now(),
  }) + '\\n');
const body = process.argv[2];
note(process.pid, 'began');
if (body === 'stubborn') process.on('SIGTERM', () => note(process.pid, 'terminated'));
if (body !== 'quick') {
  const grandchild = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' });
  note(grandchild.pid, 'forked');
  for (let line = 1; !existsSync('go'); line++) {
    console.log(\`line \${line} of fence \${fence}\`);
    await delay(40);
  }
  grandchild.kill('SIGKILL');
}
`;

/** What stands in the folder beside the pipelines. */
export const SUPPORT: readonly DefinitionFile[] = [
  { name: 'bodies.mjs', text: FUNCTIONS },
  { name: 'command.mjs', text: COMMAND },
];

const functions = (name: string, text: string): DefinitionFile => ({
  name: `${name}.pipeline.mjs`,
  text: `
import { definePipeline } from '@millrace/core/definition';
import { hold, quick } from './bodies.mjs';

const params = { type: 'object', properties: { ms: { type: 'integer' }, silent: { type: 'boolean' } } };
export default definePipeline('${name}', ${text.trim()};
`,
});

/** Four function stages; any number of runs at once. */
export const DIAMOND = functions(
  'diamond',
  `
{ params, overlap: 'allow' })
  .stage('a', { run: quick })
  .stage('b', { dependsOn: ['a'], run: quick })
  .stage('c', { dependsOn: ['a'], run: quick })
  .stage('d', { dependsOn: ['b', 'c'], run: quick })`,
);

/** One stage, on the queue of that name. */
export const onQueue = (queue: string): DefinitionFile =>
  functions(
    queue,
    `
{ params, overlap: 'allow', defaults: { queue: '${queue}' } })
  .stage('only', { run: quick })`,
  );

/** A function stage that holds, and one after it. */
export const HOLD = functions(
  'hold',
  `
{ params, overlap: 'allow' })
  .stage('long', { run: hold, grace: '300ms' })
  .stage('after', { dependsOn: ['long'], run: quick })`,
);

/** The same, one run at a time. */
export const EXCLUSIVE = functions(
  'exclusive',
  `
{ params, overlap: 'skip' })
  .stage('long', { run: hold, grace: '300ms' })
  .stage('after', { dependsOn: ['long'], run: quick })`,
);

/** One run at a time, the others wait. */
export const IN_TURN = functions(
  'in-turn',
  `
{ params, overlap: 'queue' })
  .stage('one', { run: quick })
  .stage('two', { dependsOn: ['one'], run: quick })`,
);

/** Due every second, one run at a time. */
export const EVERY_SECOND = functions(
  'every-second',
  `
{ overlap: 'skip', schedules: [{ id: 'each-second', cron: '* * * * * *' }] })
  .stage('only', { run: quick })`,
);

const command = (name: string, body: string, after: string): DefinitionFile => ({
  name: `${name}.pipeline.yaml`,
  text: `
name: ${name}
overlap: allow
stages:
  first: { run: { command: [node, command.mjs, ${body}] }, grace: 300ms }
  ${after}: { depends_on: [first], run: { command: [node, command.mjs, quick] } }
`,
});

/** A command that holds and has forked, and one after it. */
export const COMMAND_HOLD = command('command-hold', 'hold', 'second');
/** The same, and neither it nor its child heeds SIGTERM. */
export const STUBBORN = command('stubborn', 'stubborn', 'second');
/** Two short commands. */
export const COMMANDS = command('commands', 'quick', 'second');

/** Twenty function stages at once, the first of which holds; another description is another version. */
export const CHANGING = (description: string): DefinitionFile =>
  functions(
    'changing',
    `
{ params, overlap: 'allow', description: '${description}' })
  .stage('s0', { run: hold, grace: '300ms' })${Array.from({ length: 19 }, (_, i) => `\n  .stage('s${i + 1}', { run: quick })`).join('')}`,
  );

/** A stage that `width` others and one that holds wait for: more than one script opens again. */
export const wideBehind = (width: number): DefinitionFile =>
  functions(
    'wide',
    `
{ params, overlap: 'allow' })
  .stage('first', { run: quick })
  .stage('long', { dependsOn: ['first'], run: hold, grace: '300ms' })
${Array.from({ length: width }, (_, at) => `  .stage('s${at}', { dependsOn: ['first'], run: quick })`).join('\n')}`,
  );

/** Gates before a stage, on a result, of their own, and such as ask nobody. */
export const JUDGED: DefinitionFile = {
  name: 'judged.pipeline.mjs',
  text: `
import { definePipeline } from '@millrace/core/definition';
import { note } from './bodies.mjs';

const params = { type: 'object', properties: { ms: { type: 'integer' } } };
const body = (make) => async (ctx) => {
  note(ctx, 'began');
  return make(ctx);
};
const after = (stage, gate) => ({ dependsOn: [stage], gate, run: body(() => ({})) });
export default definePipeline('judged', { params, overlap: 'allow' })
  .stage('draft', {
    retry: { maximumAttempts: 2, initialInterval: 1 },
    run: body(async (ctx) => {
      await ctx.artifact(ctx.attempt === 1 ? 'failed.txt' : 'draft.txt', 'draft');
      if (ctx.attempt === 1) throw new Error('again');
      return { words: 12 };
    }),
  })
  .stage('never', after('draft', { required: false }))
  .stage('small', after('draft', { when: 'outputs.draft.words > 100' }))
  .stage('auto', after('draft', { auto: 'outputs.draft.words * 2 > 10 ? true : ask' }))
  .stage('edit', {
    dependsOn: ['draft'],
    gate: { form: { type: 'object' }, notes: 'always' },
    run: body(({ gate }) => ({ by: gate.by.name, notes: gate.notes, values: gate.values })),
  })
  .stage('cut', {
    dependsOn: ['edit'],
    gate: { on: 'result' },
    run: body(async (ctx) => {
      await ctx.artifact('cut.txt', 'cut');
      return { cut: true, told: ctx.feedback?.notes ?? null };
    }),
  })
  .stage('sign', { dependsOn: ['cut'], gate: { form: { type: 'object' } } });
`,
};

/** An expression that cannot be evaluated, and a deadline. */
export const BROKEN_GATE: DefinitionFile = {
  name: 'broken.pipeline.yaml',
  text: `
name: broken
stages:
  a: { run: { command: [node, command.mjs, quick] } }
  b: { depends_on: [a], run: { command: [node, command.mjs, quick] }, gate: { when: outputs.a.words > 1 } }
`,
};
export const LATE_GATE: DefinitionFile = {
  name: 'late.pipeline.yaml',
  text: `
name: late
stages:
  a: { gate: { timeout: 300ms, on_timeout: fail, escalate: [{ after: 100ms, notify: editors }] } }
`,
};
