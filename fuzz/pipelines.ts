import type { DefinitionFile } from '../tests/integration/chaos/bodies.ts';

/** Never to be seen in an answer, a log or on a terminal. */
export const SECRET = 'c4n4ry-0f-the-fuzzers-5e41b7';

const module = (name: string, text: string): DefinitionFile => ({
  name: `${name}.pipeline.mjs`,
  text: `import { definePipeline } from '@millrace/core/definition';\n${text.trim()}\n`,
});

/** Short, one run at a time, with params of every kind. */
const PLAIN = module(
  'plain',
  `
const params = { type: 'object', properties: {
  source: { type: 'string', default: 'sp500' }, rows: { type: 'integer', minimum: 0 }, share: { type: 'number' }, deep: { type: 'boolean' },
  list: { type: 'array', items: { type: 'string' } }, any: {}, free: { type: 'object', additionalProperties: true },
} };
export default definePipeline('plain', { params, overlap: 'skip', modes: { quick: { params: { source: 'stocks' } } }, schedules: [{ id: 'nightly', cron: '0 3 * * *', timezone: 'UTC' }] })
  .stage('one', { run: (ctx) => { ctx.log('one line'); return { params: ctx.params }; } })
  .stage('two', { dependsOn: ['one'], run: () => ({ ok: true }) });
`,
);

/** Stays live until it is cancelled; one at a time, or they would be ever more. */
const HOLD = module(
  'hold',
  `
import { once } from 'node:events';
export default definePipeline('hold', { overlap: 'skip' })
  .stage('wait', { grace: '1s', run: async (ctx) => { ctx.log('holding'); await once(ctx.signal, 'abort'); throw ctx.signal.reason; } })
  .stage('after', { dependsOn: ['wait'], run: () => ({}) });
`,
);

/**
 * Says what a terminal would obey, and the names that objects have of themselves, wherever a stage can say something.
 */
const HOSTILE = module(
  'hostile',
  `
const TEXT = '\\x1b]52;c;ZXZpbA==\\x07\\x1b]0;title\\x07\\x1b[2J\\x9b31m\\x1b[31mred\\x1b[0m <script>alert(1)</script> \\u202e \\ud83d\\udc4d';
export default definePipeline('hostile', { description: TEXT.replaceAll(/[\\x00-\\x1f\\x7f-\\x9f]/g, ''), overlap: 'allow' })
  .stage('say', { run: async (ctx) => {
    for (let line = 0; line < 50; line++) ctx.log(TEXT + line);
    ctx.progress(0.5, TEXT);
    ctx.metric('constructor', 1, 'toString');
    for (const name of ['a b.txt', 'page.html', 'constructor', 'ü.svg']) await ctx.artifact(name, TEXT, { contentType: 'text/html' });
    return { constructor: 1, toString: TEXT, hasOwnProperty: [TEXT], '': 0 };
  } })
  .stage('fail', { dependsOn: ['say'], retry: { maximumAttempts: 1 }, run: () => { throw Object.assign(new Error(TEXT), { code: TEXT }); } });
`,
);

const COMMANDS: DefinitionFile = {
  name: 'commands.pipeline.yaml',
  text: `
name: commands
overlap: allow
stages:
  make:
    run:
      command: [sh, -c, 'printf "\\033]0;title\\007out\\n"; echo err >&2; echo data > "$MILLRACE_ARTIFACTS/data.csv"; echo "{\\"rows\\":1}" > "$MILLRACE_OUTPUT"']
      env: { API_KEY: ${SECRET} }
`,
};

/** Removed and registered again as the requests will have it. */
const SPARE: DefinitionFile = {
  name: 'spare.pipeline.yaml',
  text: 'name: spare\nstages:\n  only: { run: { command: [node, --version] } }\n',
};

export const PIPELINES: readonly DefinitionFile[] = [PLAIN, HOLD, HOSTILE, COMMANDS, SPARE];
