import { everyItem, type Page } from '@millrace/client';

export interface Listed<T> {
  readonly items: readonly T[];
  /** There are more than these. */
  readonly more: boolean;
}

/** A page of the API's lists. */
const PAGE = 500;

/** Reads a list page by page, up to `most` items; says if there are more. */
export const firstOf = async <T>(
  page: (query: { limit: number; cursor: string | null }) => Promise<Page<T>>,
  most = 2_000,
): Promise<Listed<T>> => {
  const items: T[] = [];
  for await (const item of everyItem((cursor) => page({ limit: PAGE, cursor }))) {
    if (items.length === most) return { items, more: true };
    items.push(item);
  }
  return { items, more: false };
};
