import type { Redis } from 'ioredis';
import Redlock from 'redlock';
import { MillraceError, type PipelineName, type RunId } from '../domain/index.ts';
import type { OverlapLocks } from '../ports/index.ts';
import { storeError } from './script.ts';

/**
 * How long an overlap lock outlives its last renewal, ms; the leading scheduler renews it every third of that while the
 * run lives.
 */
export const LOCK_TTL_MS = 30_000;

/**
 * Overlap locks by Redlock on one or several independent nodes
 * (https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/). The lock's value is the run's id, so that
 * any process can renew or release it: the run outlives the process that started it.
 */
export const redlockLocks = (nodes: readonly Redis[], root: string, ttlMs: number): OverlapLocks => {
  const key = (pipeline: PipelineName) => `${root}/lock/${pipeline}`;

  const isMajority = (count: number): boolean => count > nodes.length / 2;
  const look = async (pipeline: PipelineName) => {
    const values = await Promise.all(nodes.map((node) => node.get(key(pipeline)).catch(() => undefined)));
    const holders = values.filter((value) => typeof value === 'string') as RunId[];
    const has = (runId: RunId) => isMajority(holders.filter((holder) => holder === runId).length);
    return {
      has,
      holder: holders.find(has) ?? holders[0] ?? null,
      answered: isMajority(values.filter((value) => value !== undefined).length),
    };
  };
  const acquire: OverlapLocks['acquire'] = async (pipeline, runId) => {
    const redlock = redlockFor(runId, nodes);
    let refusal: Error | null = null;
    redlock.on('clientError', (error: Error) => {
      if (error.name === 'ReplyError') refusal ??= error;
    });
    try {
      await redlock.lock(key(pipeline), ttlMs);
      return { ok: true };
    } catch (error) {
      if (!isLockError(error)) throw error;
      const { has, holder, answered } = await look(pipeline);
      // The lock is free, yet nodes that answer refuse it: out of memory, a replica, a full disk.
      if (holder === null && answered && refusal !== null) throw storeError(refusal, 'the overlap lock');
      return has(runId) ? { ok: true } : { ok: false, holder, answered };
    }
  };
  return {
    ttlMs,
    acquire,
    hold: async (pipeline, runId) => {
      const redlock = redlockFor(runId, nodes);
      try {
        await new Redlock.Lock(redlock, key(pipeline), runId, NODES_KNOW, 1).extend(ttlMs);
        return { ok: true };
      } catch (error) {
        if (!isLockError(error)) throw error;
        return acquire(pipeline, runId);
      }
    },
    release: async (pipeline, runId) => {
      try {
        await new Redlock.Lock(redlockFor(runId, nodes), key(pipeline), runId, NODES_KNOW, 1).unlock();
      } catch (error) {
        if (!isLockError(error)) throw error;
        // Gone already, or held by a later run: not this run's any more. A node that does not answer may still have it.
        const values = await Promise.all(nodes.map((node) => node.get(key(pipeline)).catch(() => runId)));
        if (values.filter((value) => value === runId).length > nodes.length / 2)
          throw new MillraceError('store_unavailable', `the overlap lock of ${pipeline} could not be let go`, {
            cause: error,
          });
      }
    },
  };
};

/** Locks expire by the nodes' clocks, never by this machine's. */
const NODES_KNOW = Number.POSITIVE_INFINITY;

/** A Redlock whose locks carry this run's id; it answers at once instead of waiting for the holder. */
const redlockFor = (runId: RunId, nodes: readonly Redis[]): Redlock => {
  // The package is typed for older ioredis clients; it calls only `eval` on them.
  const redlock = new Redlock(nodes as unknown as Redlock.CompatibleRedisClient[], {
    retryCount: 0,
    lockScript: () => LOCK_SCRIPT,
  });
  Object.assign(redlock, { _random: () => runId });
  redlock.on('clientError', () => {});
  return redlock;
};

/**
 * Redlock's own script refuses a lock that the same run holds, and then unlocks it: a start sent twice (two schedulers
 * at one tick) would drop the lock of a live run. This script grants it again.
 */
const LOCK_SCRIPT = `
local holder = redis.call("get", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("set", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`;

const isLockError = (error: unknown): boolean => error instanceof Error && error.name === 'LockError';
