/*
 * Many runs in the list: every tenth is executed, the others are started and cancelled through the engine, which is as
 * real and faster.
 */
import { cancelRun, startRun } from '@millrace/core/engine';
import { connectRedis, keysOf, redisStore, redlockLocks, requestOptions } from '@millrace/core/redis';
import { waitFor } from '@millrace/core/testing';

const PREFIX = 'millrace';
const AT_ONCE = 50;
/** The wait of a run that nobody is in a hurry for: no worker serves them all at once. */
const PATIENCE_MS = 300_000;

/** Answers once all have ended. */
export const seedRuns = async (redisUrl, count) => {
  const redis = await connectRedis(redisUrl, { ...requestOptions, silenceMs: 60_000 });
  const store = redisStore(redis, PREFIX);
  const locks = redlockLocks([redis], keysOf(PREFIX).root, 30_000);
  try {
    const one = async (n) => {
      const labels = { round: String(n % 40), team: ['weather', 'prices', 'media'][n % 3] };
      const { runId } = await startRun(store, locks, {
        pipeline: 'tiny',
        trigger: { kind: 'manual', by: 'bench' },
        labels,
      });
      if (n % 10 !== 0)
        await cancelRun(store, { runId, reason: 'not needed', by: 'bench', graceMs: 0 }).catch(overAlready);
    };
    for (let from = 0; from < count; from += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, n) => one(from + n)));
    await waitFor(async () => (await store.liveRuns('tiny', 1)).length === 0, {
      timeoutMs: PATIENCE_MS,
      what: 'the runs to end',
    });
  } finally {
    redis.disconnect();
  }
};

/** A worker was faster than the cancel. */
const overAlready = (error) => {
  if (error.code !== 'run_is_terminal') throw error;
};
