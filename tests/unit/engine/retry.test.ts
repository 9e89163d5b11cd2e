import { backoff, MillraceError } from '@millrace/core/domain';
import { retry, untilRead } from '@millrace/core/engine';
import { expect, test } from 'vitest';

const firstOf = (pauses: Iterator<number>, count: number) =>
  Array.from({ length: count }, () => pauses.next().value as number);
/** Fails with each of the errors in turn, then succeeds. */
const failing = (...errors: readonly unknown[]) => {
  const calls = { count: 0 };
  const attempt = async () => {
    const error = errors[calls.count++];
    if (error !== undefined) throw error;
    return 'done';
  };
  return { calls, attempt };
};
const [first, second] = [new Error('first'), new Error('second')];

test('backoff grows by its factor up to the longest pause, and stays there', () => {
  expect(firstOf(backoff(100, 2_000), 7)).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
  expect(firstOf(backoff(50, 100, 1.5), 4)).toEqual([50, 75, 100, 100]);
  expect(firstOf(backoff(250), 3)).toEqual([250, 250, 250]);
});

test('retries until an attempt succeeds, and reports each failure once', async () => {
  const { calls, attempt } = failing(first, second);
  const retried: unknown[] = [];
  expect(await retry(attempt, { pauses: backoff(1), onRetry: (error) => retried.push(error) })).toBe('done');
  expect([calls.count, retried]).toEqual([3, [first, second]]);
});

test('waits for the pauses in their order, and throws the last failure when none is left', async () => {
  const { calls, attempt } = failing(first, first, second, second);
  const taken: number[] = [];
  const pauses = function* () {
    for (const pause of [1, 2]) {
      taken.push(pause);
      yield pause;
    }
  };
  await expect(retry(attempt, { pauses: pauses() })).rejects.toBe(second);
  expect([calls.count, taken]).toEqual([3, [1, 2]]);
});

test('throws a failure that is not passing at once', async () => {
  const { calls, attempt } = failing(first, second, first);
  const retried: unknown[] = [];
  const options = {
    pauses: backoff(1),
    retryIf: (error: unknown) => error === first,
    onRetry: (error: unknown) => retried.push(error),
  };
  await expect(retry(attempt, options)).rejects.toBe(second);
  expect([calls.count, retried]).toEqual([2, [first]]);
});

test('an abort ends the pause, and no attempt follows', async () => {
  const stop = new AbortController();
  const { calls, attempt } = failing(first, second);
  const retrying = retry(attempt, {
    pauses: backoff(600_000),
    signal: stop.signal,
    onRetry: () => queueMicrotask(() => stop.abort()),
  });
  await expect(retrying).rejects.toMatchObject({ name: 'AbortError' });
  expect(calls.count).toBe(1);
  const late = failing(first);
  await expect(retry(late.attempt, { pauses: backoff(600_000), signal: stop.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(late.calls.count).toBe(1);
});

test('a read waits for the store, throws what waiting cannot cure, and gives up on an abort', async () => {
  const away = new MillraceError('store_unavailable', 'away');
  const never = new AbortController().signal;
  expect(await untilRead(failing(away).attempt, never)).toBe('done');
  await expect(untilRead(failing(away, first).attempt, never)).rejects.toBe(first);
  const stop = new AbortController();
  const { calls, attempt } = failing(away, away);
  const reading = untilRead(attempt, stop.signal, () => (queueMicrotask(() => stop.abort()), true));
  expect(await reading).toBeUndefined();
  expect(await untilRead(attempt, stop.signal)).toBeUndefined();
  expect(calls.count).toBe(1);
});
