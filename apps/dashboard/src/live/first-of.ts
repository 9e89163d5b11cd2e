import { everyItem, type Page } from '@millrace/client';

export interface Listed<T> {
  readonly items: readonly T[];
  /** There are others beyond those. */
  readonly more: boolean;
}

/** A page of the API's lists. */
const PAGE = 500;

/** A list as a whole, read page after page, up to `most` items: what is beyond is said, and not shown. */
export const firstOf = async <T>(page: (query: { limit: number; cursor: string | null }) => Promise<Page<T>>, most = 2_000): Promise<Listed<T>> => {
  const items: T[] = [];
  for await (const item of everyItem((cursor) => page({ limit: PAGE, cursor }))) {
    if (items.length === most) return { items, more: true };
    items.push(item);
  }
  return { items, more: false };
};
