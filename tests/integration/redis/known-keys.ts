import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { BULL_KEYS, KEYS } from '../../../packages/core/src/redis/layout/index.ts';

// A group's name has a slash, see the record GROUP.
const PATTERNS = [...Object.values(KEYS), ...BULL_KEYS].map(
  ({ pattern }) => new RegExp(`^${pattern.replace('<group>', '.+').replaceAll(/<\w+>/g, '[^/]+')}$`),
);

/** Every key that is there under the root is in the table of keys. */
export const expectKnownKeys = async (redis: Redis, root: string, own: readonly string[] = []): Promise<void> => {
  const found = (await redis.keys(`${root}*`)).filter((key) => !own.includes(key)).map((key) => key.slice(root.length));
  expect(found.filter((key) => !PATTERNS.some((pattern) => pattern.test(key)))).toEqual([]);
};
