import { waitFor } from '@millrace/core/testing';
import { expect, test } from 'vitest';

test('answers the fact once it is there, whatever was thrown before', async () => {
  let asked = 0;
  const fact = await waitFor(
    () => {
      asked += 1;
      if (asked === 2) throw new Error('not yet');
      return asked >= 4 && { asked };
    },
    { what: 'the fourth question' },
  );
  expect(fact).toEqual({ asked: 4 });
});

test('fails with what was waited for and what was seen last', async () => {
  const waiting = waitFor(() => Promise.reject(new Error('the door is shut')), { timeoutMs: 20, what: 'the door' });
  await expect(waiting).rejects.toThrow('waited 20 ms for the door; last seen: the door is shut');
});
