import type { ApiClient } from './api-client.ts';

/** All items of a list of the API, page by page. */
export const everyItem = async <T>(api: ApiClient, path: string): Promise<readonly T[]> => {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: T[]; next_cursor: string | null } = await api.get(path, { limit: 500, cursor });
    all.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return all;
};
