import type { TestProject } from 'vitest/node';
// By path: a global setup is resolved without the `source` condition.
import { startRedis } from '../packages/core/src/testing/index.ts';

/**
 * One real server for all integration tests that do not kill it; each file takes its own prefix on it
 * (`isolatedPrefix`).
 */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const redis = await startRedis();
  project.provide('redisUrl', redis.url);
  return () => redis.stop();
};

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the shared server: `inject('redisUrl')`. */
    redisUrl: string;
  }
}
