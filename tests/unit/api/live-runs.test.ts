import type { RunId } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { liveRuns } from '../../../apps/api/src/live/live-runs.ts';
import { lossyDeployment, range, RUN } from '../engine/lossy-feed.ts';

const deployed = () => {
  const deployment = lossyDeployment();
  const runs = liveRuns(deployment.store, deployment.feed);
  /** Takes all that comes; `pause` before each next batch makes a slow one. */
  const follow = (afterSeq = 0, pause = () => Promise.resolve()) => {
    const stop = new AbortController();
    const seqs: number[] = [];
    const done = (async () => {
      for await (const events of await runs.follow(RUN, { afterSeq, signal: stop.signal })) {
        seqs.push(...events.map(({ seq }) => seq));
        await pause();
      }
    })();
    return { seqs, done, stop: () => stop.abort() };
  };
  const record = (count: number, publish = true) => {
    for (let n = 0; n < count; n++) deployment.record('stage.progress', { publish });
  };
  return { ...deployment, runs, follow, recordMany: record };
};
const until = (what: string, fact: () => boolean) => waitFor(fact, { what });

test('a hundred followers, each with its own beginning, get each event after it once and in order, by a few readings', async () => {
  const on = deployed();
  on.recordMany(200);
  const followers = range(0, 99).map((n) => on.follow(n % 2));
  await until('the replay', () => followers.every(({ seqs }) => seqs.length >= 199));
  on.recordMany(50);
  on.record('run.succeeded');
  await Promise.all(followers.map(({ done }) => done));
  for (const [n, { seqs }] of followers.entries()) expect(seqs).toEqual(range((n % 2) + 1, 251));
  // A page that is not full is read again by those who ask for it after it has come.
  expect(on.reads()).toBeLessThan(40);
  expect(on.runs.count()).toEqual({ runs: 0, followers: 0 });
});

test('a slow follower reads from the log what it missed, and delays no one', async () => {
  const on = deployed();
  on.record('run.created');
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const [slow, quick] = [on.follow(0, () => held), on.follow()];
  await until('the first event', () => slow.seqs.length === 1 && quick.seqs.length === 1);
  for (let n = 0; n < 10; n++) {
    on.recordMany(100);
    await until('the quick one', () => quick.seqs.length === 1 + 100 * (n + 1));
  }
  expect(slow.seqs).toEqual([1]);
  on.record('run.succeeded');
  await quick.done;
  letGo();
  await slow.done;
  for (const { seqs } of [slow, quick]) expect(seqs).toEqual(range(1, 1_002));
});

test('what the feed loses is read from the log, even if the store is down for some time', async () => {
  const on = deployed();
  on.record('run.created');
  const followers = [on.follow(), on.follow()];
  await until('the replay', () => followers.every(({ seqs }) => seqs.length === 1));
  on.goAway();
  on.recordMany(20, false);
  on.beat(21);
  on.comeBack();
  on.record('run.succeeded');
  await Promise.all(followers.map(({ done }) => done));
  for (const { seqs } of followers) expect(seqs).toEqual(range(1, 22));
});

test('a follower that stops leaves at once, even before its first event; with the last one nothing of the run is left', async () => {
  const on = deployed();
  on.record('run.created');
  const [first, second] = [on.follow(), on.follow()];
  await until('the replay', () => first.seqs.length === 1 && second.seqs.length === 1);
  const gone = new AbortController();
  await on.runs.follow(RUN, { afterSeq: 0, signal: gone.signal });
  expect(on.runs.count()).toEqual({ runs: 1, followers: 3 });
  gone.abort();
  first.stop();
  expect(on.runs.count()).toEqual({ runs: 1, followers: 1 });
  second.stop();
  await Promise.all([first.done, second.done]);
  expect(on.runs.count()).toEqual({ runs: 0, followers: 0 });
  await on.runs.close();
  expect(on.listeners.size).toBe(0);
});

test('a run that is not there is refused, each time, and leaves nothing behind', async () => {
  const on = deployed();
  for (let n = 0; n < 2; n++)
    await expect(
      on.runs.follow('0190a0a0-0000-7000-8000-00000000000f' as RunId, {
        afterSeq: 0,
        signal: new AbortController().signal,
      }),
    ).rejects.toMatchObject({
      code: 'unknown_run',
    });
  expect(on.runs.count()).toEqual({ runs: 0, followers: 0 });
});
