import type { RunId, StageName } from '@millrace/core/domain';
import { expectTypeOf, test } from 'vitest';

test('a branded id is a string, but no string and no other id becomes one by accident', () => {
  expectTypeOf<RunId>().toExtend<string>();
  expectTypeOf<string>().not.toExtend<RunId>();
  expectTypeOf<StageName>().not.toExtend<RunId>();
});
