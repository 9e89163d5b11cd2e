/** The clock of the worker's machine is set: no timeout fires early, late or never. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

const HOUR = 3_600_000;

/** Loaded before the worker's own code, into each of its threads: shifts its wall clock by the offset in the file. */
const CLOCK = `
import { readFileSync, writeFileSync } from 'node:fs';
const file = new URL('clock-offset', import.meta.url);
const Real = Date;
let offset = 0;
const read = () => {
  try {
    offset = Number(readFileSync(file, 'utf8'));
    writeFileSync(new URL('clock-seen', import.meta.url), String(offset));
  } catch {}
};
setInterval(read, 10).unref();
globalThis.Date = class Date extends Real {
  constructor(...words) {
    super(...(words.length === 0 ? [Real.now() + offset] : words));
  }
  static now() {
    return Real.now() + offset;
  }
};
`;

const PIPELINES = [
  { name: 'clock.mjs', text: CLOCK },
  {
    name: 'timed.pipeline.mjs',
    text: `
import { definePipeline } from '@millrace/core/definition';
import { hold } from './bodies.mjs';
const once = { retry: { maximumAttempts: 1 }, grace: 200 };
const body = (timeouts) => ({ ...once, ...timeouts, run: hold });
const command = (timeouts) => ({ ...once, ...timeouts, command: ['node', 'command.mjs', 'hold'] });
export default definePipeline('timed', { overlap: 'allow', params: { type: 'object', properties: { silent: { type: 'boolean', default: true } } } })
  .stage('short-function', body({ timeout: 2_500 }))
  .stage('short-command', command({ timeout: 2_500 }))
  .stage('short-in-all', body({ stageTimeout: 2_500 }))
  .stage('silent', body({ heartbeatTimeout: 2_500 }))
  .stage('long-function', body({ timeout: 600_000, stageTimeout: 1_200_000 }))
  .stage('long-command', command({ timeout: 600_000, heartbeatTimeout: 600_000 }));
`,
  },
];

test('an hour back, then two hours forth, while stages run', async () => {
  on = await deploy(PIPELINES);
  await on.scheduler();
  await on.worker({ NODE_OPTIONS: `--import=${join(on.folder, 'clock.mjs')}` });
  for (const offset of [-HOUR, HOUR]) {
    on.hold();
    const run = await on.start('timed');
    for (const last of ['long-command', 'long-function'])
      await on.untilWitness(({ what, stage, run: of }) => what === 'began' && stage === last && of === run, last);
    const seen = join(on.folder, 'clock-seen');
    writeFileSync(join(on.folder, 'clock-offset'), String(offset));
    await waitFor(() => existsSync(seen) && readFileSync(seen, 'utf8') === String(offset), { what: 'the step' });
    const events = await Promise.all(
      ['short-function', 'short-command', 'short-in-all', 'silent'].map((stage) =>
        on.untilEvent(run, 'stage.failed', { stage }, 60_000),
      ),
    );
    expect(events.map(({ stage, data }) => [stage, (data as { error: { code: string } }).error.code])).toEqual([
      ['short-function', 'timed_out'],
      ['short-command', 'timed_out'],
      ['short-in-all', 'timed_out'],
      ['silent', 'heartbeat_lost'],
    ]);
    on.letGo();
    await on.untilAllEnded();
    const ended = (await expectSound(on)).find(({ runId }) => runId === run)!;
    const long = ended.stages.filter(({ stage }) => stage.startsWith('long'));
    expect(long.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  }
  await expectAtRest(on);
}, 240_000);
