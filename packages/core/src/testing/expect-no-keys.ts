import type { Redis } from 'ioredis';

/** Fails with the keys that match the pattern (a glob, as for SCAN): what a test, or a run that ended, left behind. */
export const expectNoKeys = async (redis: Redis, pattern: string): Promise<void> => {
  const left = new Set<string>();
  for await (const keys of redis.scanStream({ match: pattern, count: 1_000 }))
    for (const key of keys as string[]) left.add(key);
  if (left.size === 0) return;
  const shown = [...left].sort().slice(0, 20);
  throw new Error(
    `${left.size} keys are left that match ${pattern}:\n${shown.join('\n')}${left.size > shown.length ? '\n…' : ''}`,
  );
};
