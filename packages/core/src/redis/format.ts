import type { Redis } from 'ioredis';
import { MillraceError } from '../domain/index.ts';
import type { Keys } from './keys.ts';

/**
 * The number of the format of what this build keeps in Redis (UPGRADING.md). It goes up with each change that a process of the version before
 * would misread: processes of one format may run beside each other, those of two may not.
 */
export const FORMAT = 3;

/**
 * Marks an empty store with this build's format, or checks that the store has it. To be called before anything else is read or written.
 * @throws MillraceError `store_format` when another format is there; nothing was changed then
 */
export const claimFormat = async (redis: Redis, keys: Keys): Promise<void> => {
  // In this order: whoever registers the first pipeline has marked the store before.
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
