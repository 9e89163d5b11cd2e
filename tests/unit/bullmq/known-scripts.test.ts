import { createRequire } from 'node:module';
import { checkBullmq } from '@millrace/core/bullmq';
import { expect, test } from 'vitest';

const scripts = createRequire(import.meta.url)('bullmq/dist/cjs/scripts') as Record<string, { content: string }>;

test('the installed BullMQ is the one whose key layout is written', () => {
  expect(() => checkBullmq()).not.toThrow();
});

test('one changed line in a script that we follow is refused, with both hashes', () => {
  const changed = { ...scripts, moveToFinished: { content: `${scripts['moveToFinished']!.content}\n-- changed` } };
  expect(() => checkBullmq(changed)).toThrow(
    expect.objectContaining({
      code: 'version_mismatch',
      message: expect.stringMatching(/6\.7\.0.*\([0-9a-f]{16}, expected [0-9a-f]{16}\)/) as string,
    }),
  );
});
