import { refusalOfConnection, storeError } from '@millrace/core/redis';
import type { Redis } from 'ioredis';

/** Facts that Redis reports about itself. */
export interface RedisFacts {
  readonly version: string;
  readonly role: string;
  readonly aof: boolean;
  readonly aofWriteOk: boolean;
  readonly evictionPolicy: string;
  readonly usedMemoryBytes: number;
  /** 0: unbounded. */
  readonly maxMemoryBytes: number;
  readonly clients: number;
  readonly uptimeSeconds: number;
}

/** Throws `store_unavailable` when Redis does not answer. */
export const redisFacts = async (redis: Redis): Promise<RedisFacts> => {
  const text = await redis.info().catch((error: unknown) => {
    throw storeError(error, 'info', redis);
  });
  const info = Object.fromEntries([...text.matchAll(/^([a-z_0-9]+):(.*?)\r?$/gm)].map((line) => [line[1]!, line[2]!]));
  return {
    version: info['redis_version'] ?? 'unknown',
    role: info['role'] ?? 'unknown',
    aof: info['aof_enabled'] === '1',
    aofWriteOk: (info['aof_last_write_status'] ?? 'ok') === 'ok',
    evictionPolicy: info['maxmemory_policy'] ?? 'unknown',
    usedMemoryBytes: Number(info['used_memory'] ?? 0),
    maxMemoryBytes: Number(info['maxmemory'] ?? 0),
    clients: Number(info['connected_clients'] ?? 0),
    uptimeSeconds: Number(info['uptime_in_seconds'] ?? 0),
  };
};

/**
 * Why Redis rejects writes now (out of memory, a replica, a full disk …), or null. The probe command counts as a write
 * and is rejected like any other, but stores nothing.
 */
export const refusalOfWrites = async (redis: Redis, root: string): Promise<string | null> =>
  redis.setrange(`${root}/probe`, 0, '').then(
    () => null,
    (error: unknown) => (refusalOfConnection(redis) ?? (error as Error)).message,
  );

export interface ReadinessCheck {
  readonly check: 'redis' | 'writes' | 'role' | 'aof' | 'noeviction' | 'not_stopping';
  readonly ok: boolean;
  readonly detail: string;
}

/** Whether this process is ready for requests. Null facts: Redis did not answer. */
export const readinessOf = (
  facts: RedisFacts | null,
  options: { stopping: boolean; refusal: string | null; allowVolatile: boolean },
): readonly ReadinessCheck[] => [
  { check: 'not_stopping', ok: !options.stopping, detail: options.stopping ? 'this process is stopping' : 'serving' },
  {
    check: 'redis',
    ok: facts !== null,
    detail: facts === null ? silenceOf(options.refusal) : `version ${facts.version}`,
  },
  ...(facts === null
    ? []
    : ([
        { check: 'writes', ok: options.refusal === null, detail: options.refusal ?? 'taken' },
        { check: 'role', ok: facts.role === 'master', detail: facts.role },
        {
          check: 'aof',
          ok: (facts.aof && facts.aofWriteOk) || (!facts.aof && options.allowVolatile),
          detail: facts.aof ? (facts.aofWriteOk ? 'on' : 'its last write failed') : 'off',
        },
        { check: 'noeviction', ok: facts.evictionPolicy === 'noeviction', detail: facts.evictionPolicy },
      ] satisfies ReadinessCheck[])),
];

/** Driver messages are not for clients; a Redis error reply starts with its code. */
const silenceOf = (refusal: string | null): string =>
  refusal !== null && /^[A-Z]+ /.test(refusal) ? `does not let us in: ${refusal}` : 'does not answer';
