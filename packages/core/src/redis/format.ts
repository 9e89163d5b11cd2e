import type { Redis } from 'ioredis';
import { MillraceError } from '../domain/index.ts';
import type { Keys } from './keys.ts';

/**
 * Version of the format this build stores in Redis (UPGRADING.md). It is incremented by each change that a process of
 * the previous version would misread. Processes of the same format may run side by side; those of different formats may
 * not.
 */
export const FORMAT = 5;

/**
 * Marks an empty store with this build's format, or checks that the store has it. Call it before reading or writing
 * anything else.
 * @throws MillraceError `store_format` if the store has another format; nothing is changed then
 */
export const claimFormat = async (redis: Redis, keys: Keys): Promise<void> => {
  // In this order: the process that registers the first pipeline has marked the store before.
  const isUsed = (await redis.exists(keys.pipelines)) === 1;
  const found = await redis.get(keys.format);
  if (found === `${FORMAT}`) return;
  if (found === null && !isUsed) {
    await redis.set(keys.format, `${FORMAT}`, 'NX');
    return claimFormat(redis, keys);
  }
  throw new MillraceError(
    'store_format',
    `the store under ${keys.root} has format ${found ?? '1'}, and this version of Millrace reads and writes format ${FORMAT}: see UPGRADING.md`,
  );
};
