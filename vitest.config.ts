import { defineConfig } from 'vitest/config';

/** From source, without a build: the packages' `source` export condition comes first. */
const conditions = ['source', 'module', 'node', 'development|production'];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: conditions } } };

export default defineConfig({
  test: {
    projects: [
      // Some start processes, and a busy machine is slow: the timeout is for what hangs.
      { ...fromSource, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        ...fromSource,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['tests/types/**/*.test-d.ts'],
            tsconfig: './tests/tsconfig.json',
          },
        },
      },
      {
        ...fromSource,
        test: { name: 'gates', include: ['tests/gates/**/*.test.ts'], testTimeout: 60_000, maxWorkers: 2 },
      },
      {
        ...fromSource,
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: ['tests/shared-redis.ts'],
          pool: 'forks',
          // Each file starts processes of its own: more at once only makes them wait for each other.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...fromSource,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/browser/build-first.mjs'],
          pool: 'forks',
          // A browser and a deployment each: two at once only wait for each other.
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
