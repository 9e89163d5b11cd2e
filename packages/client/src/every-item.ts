import type { Page } from './shapes.ts';

/** Every item of a list, page after page: `everyItem((cursor) => api.runs({ limit: 500, cursor }))`. */
export async function* everyItem<T>(page: (cursor: string | null) => Promise<Page<T>>): AsyncGenerator<T, void> {
  let cursor: string | null = null;
  do {
    const { items, next_cursor }: Page<T> = await page(cursor);
    yield* items;
    cursor = next_cursor;
  } while (cursor !== null);
}
