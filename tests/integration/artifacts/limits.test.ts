import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FsArtifactStore } from '@millrace/core/artifacts';
import type { StageContext } from '@millrace/core/definition';
import { MillraceError } from '@millrace/core/domain';
import type { ArtifactAmount, ReportedEvent } from '@millrace/core/ports';
import { afterAll, expect, test } from 'vitest';
import {
  attempt,
  PLENTY,
  removeTemporaryFolders,
  temporaryFolder,
  type Trial,
  type TrialOptions,
} from '../handlers/attempt-fixture.ts';

afterAll(removeTemporaryFolders);

const MANY = 2 ** 40;
const limitsOf = (
  attempt: Partial<ArtifactAmount>,
  run: Partial<ArtifactAmount> = {},
): NonNullable<TrialOptions['services']> => ({
  artifactLimits: { attempt: { ...PLENTY.attempt, ...attempt }, run: { ...PLENTY.run, ...run } },
});
const sh = (script: string) => ['sh', '-c', script];
const inFolder = (script: string) => ({ command: sh(`cd "$MILLRACE_ARTIFACTS"; ${script}`) });
const names = (trial: Trial) =>
  trial.events.filter(({ type }) => type === 'stage.artifact').map(({ data }) => data['name']);
const refused = (code: string, ...says: (string | number)[]) => ({
  kind: 'failed',
  error: { code, message: expect.stringMatching(new RegExp(says.join('.*'))) },
  retryable: false,
});

test('an attempt stores no more artifacts than it may; those before are kept', async () => {
  const limits = limitsOf({ count: 2 });
  const says = refused(
    'too_many_artifacts',
    '"c"',
    'the attempt would have 3 artifacts',
    'MILLRACE_ARTIFACT_ATTEMPT_COUNT is 2',
  );
  const command = await attempt(inFolder('touch a b c d'), { services: limits });
  const store = async (ctx: StageContext) => {
    for (const name of ['a', 'b', 'c', 'd']) await ctx.artifact(name, '');
  };
  const code = await attempt({ run: store }, { services: limits });
  for (const trial of [command, code]) {
    expect(await trial.outcome).toEqual(says);
    expect(names(trial)).toEqual(['a', 'b']);
  }
});

test('nor more bytes: of a file of holes as many as reading it would give, at once', async () => {
  const dir = await temporaryFolder();
  writeFileSync(join(dir, 'holes'), '');
  truncateSync(join(dir, 'holes'), MANY);
  const limits = { services: limitsOf({ bytes: 1_000 }), dir };
  const says = refused(
    'artifacts_too_large',
    '"holes"',
    `the artifacts of the attempt would be ${MANY + 3} bytes`,
    'MILLRACE_ARTIFACT_ATTEMPT_BYTES is 1000',
  );
  const command = await attempt(inFolder('printf abc > a; truncate -s 1T holes'), limits);
  const code = await attempt(
    {
      run: async (ctx) => {
        await ctx.artifact('a', Readable.from(['a', 'bc']));
        await ctx.artifact('holes', { file: 'holes' });
      },
    },
    limits,
  );
  for (const trial of [command, code]) {
    expect(await trial.outcome).toEqual(says);
    expect(names(trial)).toEqual(['a']);
  }
});

test('what turns out to be larger while it is read is read no further; what was refused takes no room', async () => {
  const dir = await temporaryFolder();
  const growing = join(dir, 'growing');
  writeFileSync(growing, Buffer.alloc(100_000));
  const store = new FsArtifactStore(join(dir, 'artifacts'));
  const put: FsArtifactStore['put'] = (owner, bytes) => {
    // After it was opened and its size was seen.
    appendFileSync(growing, Buffer.alloc(1_000_000));
    return store.put(owner, bytes);
  };
  const trial = await attempt(
    {
      run: async (ctx) => {
        const endless = async function* () {
          for (;;) yield Buffer.alloc(50_000);
        };
        const said: string[] = [];
        const keep = (error: Error) => said.push(error.message);
        await ctx.artifact('growing', { file: 'growing' }).catch(keep);
        await ctx.artifact('endless', Readable.from(endless())).catch(keep);
        await Promise.all([1, 2].map(() => ctx.artifact('half', Buffer.alloc(600_000)))).catch(keep);
        await ctx.artifact('rest', Buffer.alloc(400_000));
        return said.map((one) =>
          /"(\w+)": .* would be (\d+) bytes or more; the limit (\w+) is (\d+)/.exec(one)?.slice(1),
        );
      },
    },
    {
      services: {
        ...limitsOf({ bytes: 1_000_000 }),
        artifacts: { put, get: store.get, share: store.share, remove: store.remove },
      },
      dir,
    },
  );
  const outcome = await trial.outcome;
  const limit = ['MILLRACE_ARTIFACT_ATTEMPT_BYTES', '1000000'];
  expect(outcome.kind === 'succeeded' && JSON.parse(outcome.outputJson)).toEqual([
    ['growing', '1048576', ...limit],
    ['endless', '1050000', ...limit],
    ['half', '1200000', ...limit],
  ]);
  expect(names(trial).sort((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual(['half', 'rest']);
});

test('what the run has already counts', async () => {
  const use = async () => ({ deployment: 'test', count: 9, bytes: 950 });
  const few = await attempt(inFolder('touch a b'), { services: { ...limitsOf({}, { count: 10 }), artifactUse: use } });
  expect(await few.outcome).toEqual(
    refused('too_many_artifacts', '"b"', 'the run would have 11 artifacts', 'MILLRACE_ARTIFACT_RUN_COUNT is 10'),
  );
  const large = await attempt(
    { run: (ctx) => ctx.artifact('a', Buffer.alloc(51)) },
    { services: { ...limitsOf({}, { bytes: 1_000 }), artifactUse: use } },
  );
  expect(await large.outcome).toEqual(
    refused(
      'artifacts_too_large',
      '"a"',
      'the artifacts of the run would be 1001 bytes',
      'MILLRACE_ARTIFACT_RUN_BYTES is 1000',
    ),
  );
});

test('an artifact that is left out where it is recorded fails the attempt, which stores no more; what else it says is kept', async () => {
  const recorded: ReportedEvent[] = [];
  const services = {
    ...limitsOf({}, { bytes: 1_000 }),
    report: async (_: unknown, events: readonly ReportedEvent[]) => {
      recorded.push(...events.filter(({ type }) => type !== 'stage.artifact'));
      return events.some(({ type }) => type === 'stage.artifact')
        ? { would: { count: 3, bytes: 1_234 } }
        : ('ok' as const);
    },
  };
  const says = refused(
    'artifacts_too_large',
    'the artifacts of the run would be 1234 bytes',
    'MILLRACE_ARTIFACT_RUN_BYTES is 1000',
  );
  const trial = await attempt(
    {
      run: async (ctx) => {
        await ctx.artifact('a', 'x');
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
        await ctx.artifact('b', 'x').catch((error: Error) => ctx.log(`then: ${error.message}`));
      },
    },
    { services },
  );
  expect(await trial.outcome).toEqual(says);
  expect(JSON.stringify(recorded)).toMatch(/then: the artifacts of the run would be 1234 bytes/);
  // A stage that ends before the store has answered.
  expect(await (await attempt({ run: (ctx) => ctx.artifact('a', 'x') }, { services })).outcome).toEqual(says);
  expect(await (await attempt(inFolder('touch a'), { services })).outcome).toEqual(says);
});

test('storing an artifact is retried while the store is down', async () => {
  let asked = 0;
  const services: TrialOptions['services'] = {
    artifactUse: async () => {
      asked += 1;
      if (asked < 3) throw new MillraceError('store_unavailable', 'away');
      return { deployment: 'test', count: 0, bytes: 0 };
    },
  };
  expect(
    await (await attempt({ run: async (ctx) => void (await ctx.artifact('a', 'x')) }, { services })).outcome,
  ).toMatchObject({ kind: 'succeeded' });
  expect(asked).toBe(3);
});
