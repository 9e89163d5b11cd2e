import { expect, test } from 'vitest';
import { firstOf } from '../../../apps/dashboard/src/live/first-of.ts';

/** Pages of the numbers 1..count, as the API answers them; each asked-for page is noted. */
const numbers = (count: number) => {
  const asked: (string | null)[] = [];
  const page = ({ limit, cursor }: { limit: number; cursor: string | null }) => {
    asked.push(cursor);
    const from = Number(cursor ?? 0);
    const items = Array.from({ length: Math.min(limit, count - from) }, (_, n) => from + n + 1);
    return Promise.resolve({ items, next_cursor: from + limit < count ? String(from + limit) : null });
  };
  return { asked, page };
};

test('a list is read to its end, page after page', async () => {
  const { asked, page } = numbers(1_200);
  const { items, more } = await firstOf(page);
  expect([items.length, items.at(-1), more]).toEqual([1_200, 1_200, false]);
  expect(asked).toEqual([null, '500', '1000']);
});

test('one that is longer than the bound ends there, and says that there is more', async () => {
  expect(await firstOf(numbers(7).page, 5)).toEqual({ items: [1, 2, 3, 4, 5], more: true });
  expect(await firstOf(numbers(5).page, 5)).toMatchObject({ more: false });
  const { asked, page } = numbers(100_000);
  expect((await firstOf(page)).items).toHaveLength(2_000);
  expect(asked).toHaveLength(5);
});
