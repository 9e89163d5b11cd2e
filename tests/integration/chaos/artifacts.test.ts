/** What becomes of artifacts when runs are pruned, processes are killed and Redis forgets. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FsArtifactStore } from '@millrace/core/artifacts';
import type { RunId } from '@millrace/core/domain';
import type { ArtifactMeta } from '@millrace/core/ports';
import { ownerOfName } from '@millrace/core/scratch';
import { waitFor } from '@millrace/core/testing';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { removerOfLeft } from '../../../apps/worker/src/remove-artifacts.ts';
import type { DefinitionFile } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';

let on: Deployment;
afterEach(() => on.end());

const file = (name: string, text: string): DefinitionFile => ({
  name: `${name}.pipeline.mjs`,
  text: `
import { definePipeline } from '@millrace/core/definition';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
${text.replace('PIPELINE', `export default definePipeline('${name}', { overlap: 'allow' })`)}`,
});
/** Each run stores the same bytes from two stages at once, and some of its own. */
const STORING = file(
  'storing',
  `
const store = async (ctx) => {
  await ctx.artifact('shared', 'the same of every run');
  await ctx.artifact('own', ctx.runId);
};
PIPELINE.stage('a', { run: store }).stage('b', { run: store });
`,
);
const TOO_MUCH = file(
  'too-much',
  `
const store = async (ctx) => void (await ctx.artifact('a', Buffer.alloc(60_000)));
PIPELINE.stage('a', { run: store }).stage('b', { run: store });
`,
);
const ENDLESS = file(
  'endless',
  `
const endless = async (ctx) => {
  const bytes = async function* () {
    yield 'half';
    for (let chunk = 0; !existsSync(\`\${ctx.dir}/go\`); chunk++) { yield String(chunk); await delay(20); }
  };
  await ctx.artifact('endless', bytes());
};
PIPELINE.stage('only', { run: endless });
`,
);

const folderOf = () => join(on.dataDir, 'artifacts');
const filesBelow = (name: string): readonly string[] =>
  existsSync(join(folderOf(), name))
    ? readdirSync(join(folderOf(), name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== 'kept-until')
        .map(({ name: file }) => file)
    : [];
const artifactsOf = async (runId: RunId) =>
  (await on.eventsOf(runId))
    .filter(({ type }) => type === 'stage.artifact')
    .map(({ data }) => data as unknown as ArtifactMeta);
const ended = async () =>
  (await on.runsOf('storing')).filter(({ status }) => status === 'succeeded').map(({ runId }) => runId);

test('while runs come and go and workers are killed, runs that are here have their artifacts, and those that are not leave none', async () => {
  on = await deploy([STORING, TOO_MUCH, ENDLESS], {
    MILLRACE_RETENTION_RUNS: '3',
    MILLRACE_ARTIFACT_RUN_BYTES: '100000',
  });
  const store = new FsArtifactStore(folderOf());
  const workers = await Promise.all([on.worker(), on.worker()]);
  await on.scheduler();
  const missing: string[] = [];
  let looked = 0;
  const look = async (): Promise<void> => {
    for (const runId of await ended()) {
      const { deployment } = await on.store.artifactUse(runId);
      for (const { sha256, name } of await artifactsOf(runId)) {
        const found = await store.get({ deployment, runId }, sha256);
        const bytes = found && (await text(found));
        looked += 1;
        // It may have been pruned since it was listed.
        if (bytes !== (name === 'own' ? runId : 'the same of every run') && (await on.store.run(runId)) !== null)
          missing.push(`${runId} ${name}`);
      }
    }
  };
  while (looked < 40) {
    await Promise.all([1, 2, 3, 4].map(() => on.start('storing')));
    await waitFor(async () => (await ended()).length > 0, { what: 'a run to end' });
    await look();
  }
  await on.untilAllEnded();
  await waitFor(async () => (await ended()).length === 3 && (await on.store.prunedArtifacts(1)).runIds.length === 0, {
    what: 'the others to be pruned',
  });
  await look();
  expect(missing).toEqual([]);
  // For each of three runs its own bytes and the shared ones; and one name of each file for other runs.
  expect([filesBelow('runs').length, filesBelow('sha256').length, filesBelow('tmp').length]).toEqual([6, 4, 0]);

  const { deployment: own } = await on.store.artifactUse('' as RunId);
  expect(statSync(join(folderOf(), 'runs', own, 'kept-until')).mtimeMs).toBeGreaterThan(Date.now() + 30 * 86_400_000);

  const tooMuch = await on.start('too-much');
  await on.untilAllEnded();
  const run = (await on.store.run(tooMuch))!;
  expect(run.stages.map(({ status }) => status).sort()).toEqual(['failed', 'succeeded']);
  expect(run.error).toMatchObject({
    code: 'artifacts_too_large',
    attempt: 1,
    message: expect.stringMatching(
      /of the run would be 120000 bytes or more; the limit MILLRACE_ARTIFACT_RUN_BYTES is 100000/,
    ),
  });
  expect((await on.store.artifactUse(tooMuch)).bytes).toBe(60_000);

  // What a worker that is killed had begun to store is removed by the next one; what living ones store is not.
  await on.start('endless');
  const begun = () => waitFor(() => filesBelow('tmp')[0], { what: 'bytes that are being stored' });
  const half = await begun();
  await Promise.all(workers.map((worker) => worker.kill9()));
  expect(ownerOfName(half, '')).toBe('dead');
  await on.worker();
  await waitFor(() => !filesBelow('tmp').includes(half), { what: 'the end of what the dead left' });
  const living = await begun();
  writeFileSync(join(folderOf(), 'tmp', half), 'as before');
  await (await on.worker()).said('removed what killed workers had left');
  expect([ownerOfName(living, ''), filesBelow('tmp').includes(living)]).toEqual(['alive', true]);
  on.letGo();
  await on.untilAllEnded();
  await waitFor(() => filesBelow('tmp').length === 0, { what: 'the artifact to get its name' });

  // A Redis that has forgotten everything, or is another one, lets nothing be removed before its time.
  await waitFor(async () => (await ended()).length === 1 && (await on.store.prunedArtifacts(1)).runIds.length === 0, {
    what: 'two more to be pruned',
  });
  const kept = filesBelow('runs').length;
  const look2 = removerOfLeft({
    store: on.store,
    artifacts: store,
    folder: folderOf(),
    everyMs: 1,
    retentionAgeMs: 1,
    log: pino({ level: 'silent' }),
  });
  await look2();
  await on.connection.flushall();
  for (const { pipeline } of on.loaded) await on.store.registerPipeline(pipeline, { makeCurrent: true });
  await look2();
  expect(filesBelow('runs')).toHaveLength(kept);
  mkdirSync(join(folderOf(), 'runs', 'of-a-stranger', '01890000-0000-7000-8000-000000000001'), { recursive: true });
  await look2();
  expect(existsSync(join(folderOf(), 'runs', 'of-a-stranger'))).toBe(true);
  await on.start('storing');
  await on.untilAllEnded();
  expect(await ended()).toHaveLength(1);
  await look();
  expect(missing).toEqual([]);
}, 90_000);
