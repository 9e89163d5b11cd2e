import type { RunEvent, RunId } from '@millrace/core/domain';
import { followRun } from '@millrace/core/engine';
import { waitFor } from '@millrace/core/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lossyDeployment, range, RUN } from './lossy-feed.ts';

type Deployment = ReturnType<typeof lossyDeployment>;

/** Reads all that is followed; `pause` before each next one makes a slow consumer. */
const follow = (
  deployment: Deployment,
  { afterSeq = 0, quietMs = 60_000, pause = () => Promise.resolve(), runId = RUN } = {},
) => {
  const stop = new AbortController();
  const seqs: number[] = [];
  const done = (async () => {
    for await (const event of followRun(deployment.store, deployment.feed, runId, {
      afterSeq,
      quietMs,
      signal: stop.signal,
    })) {
      seqs.push(event.seq);
      await pause();
    }
  })();
  return { seqs, done, stop: () => stop.abort() };
};

const until = (what: string, fact: () => boolean) => waitFor(fact, { what });

test('replays, then goes on live, then ends with the run and lets go of the feed', async () => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  deployment.record('stage.started');
  const { seqs, done } = follow(deployment);
  await until('the replay', () => seqs.length === 2);
  deployment.record('stage.succeeded');
  deployment.record('run.succeeded');
  await done;
  expect(seqs).toEqual(range(1, 4));
  expect(deployment.listeners.size).toBe(0);
});

test('live events that come in order cost no reading', async () => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  const { seqs, done } = follow(deployment);
  await until('the replay', () => seqs.length === 1);
  const before = deployment.reads();
  for (let n = 0; n < 50; n++) deployment.record('stage.log');
  await until('the live ones', () => seqs.length === 51);
  expect(deployment.reads()).toBe(before);
  deployment.record('run.succeeded');
  await done;
});

test.each([
  ['a skipped seq', (deployment: Deployment) => void deployment.record('stage.started')],
  ['a heartbeat that is ahead', (deployment: Deployment) => deployment.beat(2)],
  ['a lost connection', (deployment: Deployment) => deployment.gap()],
])('what the feed lost is found by %s', async (_what, hint) => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  const { seqs, done } = follow(deployment);
  await until('the replay', () => seqs.length === 1);
  deployment.record('stage.log', { publish: false });
  hint(deployment);
  await until('the lost one', () => seqs.includes(2));
  deployment.record('run.succeeded');
  await done;
  expect(seqs).toEqual(range(1, seqs.length));
});

test('an event that the feed brings while the log, which has it, is read', async () => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  const { seqs, done } = follow(deployment);
  await until('the replay', () => seqs.length === 1);
  const late = deployment.record('stage.log', { publish: false });
  const reading = deployment.nextReading();
  deployment.gap();
  await reading;
  deployment.repeat(late);
  await until('the late one', () => seqs.length >= 2);
  deployment.record('run.succeeded');
  await done;
  expect(seqs).toEqual(range(1, 3));
});

test('a lost last event, which nothing follows, is found after the quiet', async () => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  const { seqs, done } = follow(deployment, { quietMs: 5 });
  await until('the replay', () => seqs.length === 1);
  deployment.record('run.succeeded', { publish: false });
  await done;
  expect(seqs).toEqual([1, 2]);
});

test('of a run that has ended there is nothing after its end', async () => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  deployment.record('run.succeeded');
  for (const [afterSeq, rest] of [
    [1, [2]],
    [2, []],
    [99, []],
  ] as const) {
    const { seqs, done } = follow(deployment, { afterSeq });
    await done;
    expect(seqs).toEqual(rest);
  }
});

test('a slow consumer gets all of it, and little waits for it meanwhile', async () => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  let let_go = () => {};
  const held = new Promise<void>((resolve) => (let_go = resolve));
  const { seqs, done } = follow(deployment, { pause: () => held });
  await until('the first', () => seqs.length === 1);
  for (let n = 0; n < 5_000; n++) deployment.record('stage.log');
  deployment.record('run.succeeded');
  const before = deployment.reads();
  let_go();
  await done;
  expect(seqs).toEqual(range(1, 5_002));
  // 200 live ones were kept, the rest was read in pages of 200.
  expect(deployment.reads() - before).toBeGreaterThanOrEqual(24);
});

test('waits for a store that is down', async () => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  deployment.goAway();
  const { seqs, done } = follow(deployment);
  await until('a reading that failed', () => deployment.reads() > 0);
  deployment.comeBack();
  await until('the replay', () => seqs.length === 1);
  deployment.goAway();
  deployment.record('stage.log', { publish: false });
  deployment.record('run.succeeded');
  await until('more readings that failed', () => deployment.reads() > 4);
  deployment.comeBack();
  await done;
  expect(seqs).toEqual(range(1, 3));
});

test('the signal ends it wherever it waits', async () => {
  const deployment = lossyDeployment();
  deployment.record('run.created');
  const waiting = follow(deployment);
  await until('the replay', () => waiting.seqs.length === 1);
  waiting.stop();
  await waiting.done;
  deployment.goAway();
  const unread = follow(deployment);
  await until('a reading that failed', () => deployment.reads() > 2);
  unread.stop();
  await unread.done;
  expect(deployment.listeners.size).toBe(0);
});

test('a run that is not there', async () => {
  const deployment = lossyDeployment();
  await expect(follow(deployment, { runId: 'other' as RunId }).done).rejects.toMatchObject({ code: 'unknown_run' });
  expect(deployment.listeners.size).toBe(0);
});

test('whatever the feed loses, repeats or announces, whenever: each event once, in order', async () => {
  const act = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('record' as const),
        publish: fc.boolean(),
        n: fc.integer({ min: 1, max: 250 }),
      }),
    },
    fc.record({
      kind: fc.constantFrom('repeat' as const, 'beat' as const, 'gap' as const, 'yield' as const, 'outage' as const),
      n: fc.nat(300),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 30 }), fc.nat(50), async (acts, afterSeq) => {
      const deployment = lossyDeployment();
      const recorded: RunEvent[] = [deployment.record('run.created')];
      const { seqs, done } = follow(deployment, { afterSeq, quietMs: 2 });
      for (const step of acts) {
        if (step.kind === 'record')
          for (let n = 0; n < step.n; n++)
            recorded.push(deployment.record('stage.log', { publish: 'publish' in step && step.publish }));
        if (step.kind === 'repeat') deployment.repeat(recorded[step.n % recorded.length]!);
        if (step.kind === 'beat') deployment.beat(Math.min(step.n, recorded.length));
        if (step.kind === 'gap') deployment.gap();
        if (step.kind === 'outage') (step.n % 2 ? deployment.goAway : deployment.comeBack)();
        if (step.kind === 'yield') await new Promise((resolve) => setImmediate(resolve));
      }
      deployment.comeBack();
      recorded.push(deployment.record('run.succeeded', { publish: acts.length % 2 === 0 }));
      await done;
      expect(seqs).toEqual(range(afterSeq + 1, recorded.length));
    }),
    { numRuns: 60 },
  );
});
